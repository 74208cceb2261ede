/* What a run measures: operations and their latency, and the CPU time of this program and of the watched ones. */
#ifndef MEASUREMENT_H
#define MEASUREMENT_H

#include "connection.h"
#include "histogram.h"

#include <sys/types.h>

enum { WATCHED_MAX = 16 };

struct counters {
    uint64_t at_ns, own_cpu_ns, watched_cpu_ns, sent_bytes, received_bytes;
};

struct measurement {
    pid_t watched[WATCHED_MAX]; /* the router's processes */
    unsigned watched_count;
    bool running;
    uint64_t operations;
    struct histogram latency;
    struct counters start, end;
};

/* Count one operation that took from `since_ns` to `until_ns`, if the run is on. */
static inline void measure(struct measurement *measurement, uint64_t since_ns, uint64_t until_ns)
{
    if (!measurement->running)
        return;
    measurement->operations++;
    histogram_add(&measurement->latency, until_ns > since_ns ? until_ns - since_ns : 0);
}

void measurement_start(struct measurement *measurement, const struct loop *loop);
void measurement_stop(struct measurement *measurement, const struct loop *loop);

/* CPU time of the watched processes between start and stop. */
double watched_cpu_us(const struct measurement *measurement);

/* Print one line of JSON: seconds, rates, microseconds, bytes. `extra` are further members, or an empty string. */
void measurement_report(const struct measurement *measurement, const char *extra);

#endif
