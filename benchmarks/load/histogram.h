/* Counts durations in buckets that are at most 1/32 wide of their value, from 1 ns to hours. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 32, HISTOGRAM_BUCKETS = 64 * HISTOGRAM_STEPS };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total, sum_ns, max_ns;
};

void histogram_add(struct histogram *histogram, uint64_t duration_ns);

/* The duration in nanoseconds that `fraction` (0 to 1) of the durations do not exceed; 0 if there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

#endif
