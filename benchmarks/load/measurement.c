#include "measurement.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t cpu_of(clockid_t clock)
{
    struct timespec used;
    if (clock_gettime(clock, &used) < 0)
        fail("a watched process has ended");
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static struct counters count(const struct measurement *measurement, const struct loop *loop)
{
    struct counters counters = {.at_ns = now_ns(), .sent_bytes = loop->sent_bytes, .received_bytes = loop->received_bytes};
    counters.own_cpu_ns = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < measurement->watched_count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(measurement->watched[i], &clock) != 0)
            fail("process %d cannot be watched", measurement->watched[i]);
        counters.watched_cpu_ns += cpu_of(clock);
    }
    return counters;
}

void measurement_start(struct measurement *measurement, const struct loop *loop)
{
    measurement->operations = 0;
    memset(&measurement->latency, 0, sizeof measurement->latency);
    measurement->start = count(measurement, loop);
    measurement->running = true;
}

void measurement_stop(struct measurement *measurement, const struct loop *loop)
{
    measurement->running = false;
    measurement->end = count(measurement, loop);
}

static double us(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1e3;
}

double watched_cpu_us(const struct measurement *measurement)
{
    return us(measurement->end.watched_cpu_ns - measurement->start.watched_cpu_ns);
}

void measurement_report(const struct measurement *measurement, const char *extra)
{
    const struct counters *start = &measurement->start, *end = &measurement->end;
    const struct histogram *latency = &measurement->latency;
    double seconds = (double)(end->at_ns - start->at_ns) / 1e9;
    double operations = measurement->operations > 0 ? (double)measurement->operations : 1;
    printf("{\"operations\": %llu, \"seconds\": %.6f, \"per_second\": %.1f, ",
           (unsigned long long)measurement->operations, seconds, (double)measurement->operations / seconds);
    printf("\"latency_us\": {\"p50\": %.2f, \"p90\": %.2f, \"p99\": %.2f, \"max\": %.2f, \"mean\": %.2f}, ",
           us(histogram_quantile(latency, 0.5)), us(histogram_quantile(latency, 0.9)),
           us(histogram_quantile(latency, 0.99)), us(latency->max_ns),
           latency->total > 0 ? us(latency->sum_ns) / (double)latency->total : 0);
    printf("\"load_cpu_us\": %.3f, \"router_cpu_us\": %.3f, \"router_cpu_share\": %.4f, ",
           us(end->own_cpu_ns - start->own_cpu_ns) / operations,
           watched_cpu_us(measurement) / operations, watched_cpu_us(measurement) / 1e6 / seconds);
    printf("\"sent_bytes\": %llu, \"received_bytes\": %llu%s}\n",
           (unsigned long long)(end->sent_bytes - start->sent_bytes),
           (unsigned long long)(end->received_bytes - start->received_bytes), extra);
}
