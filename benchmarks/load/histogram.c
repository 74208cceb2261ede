#include "histogram.h"

static unsigned bucket_of(uint64_t duration)
{
    if (duration < HISTOGRAM_STEPS)
        return (unsigned)duration;
    unsigned shift = 63u - (unsigned)__builtin_clzll(duration) - 5u; /* 2^5 steps in a power of two */
    return (shift + 1) * HISTOGRAM_STEPS + (unsigned)(duration >> shift) - HISTOGRAM_STEPS;
}

static uint64_t middle_of(unsigned bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t low = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
    return low + ((uint64_t)1 << shift) / 2;
}

void histogram_add(struct histogram *histogram, uint64_t duration_ns)
{
    histogram->counts[bucket_of(duration_ns)]++;
    histogram->total++;
    histogram->sum_ns += duration_ns;
    if (duration_ns > histogram->max_ns)
        histogram->max_ns = duration_ns;
}

uint64_t histogram_quantile(const struct histogram *histogram, double fraction)
{
    if (histogram->total == 0)
        return 0;
    uint64_t rank = (uint64_t)(fraction * (double)(histogram->total - 1)) + 1, seen = 0;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->counts[bucket];
        if (seen >= rank)
            return middle_of(bucket);
    }
    return histogram->max_ns;
}
