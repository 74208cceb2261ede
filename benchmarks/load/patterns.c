#include "patterns.h"

#include <stdio.h>

#define TOPIC "bench.load.porch.lamp.level"

const char *patterns_topic(void)
{
    return TOPIC;
}

struct pattern pattern_that_matches(unsigned number)
{
    static const struct pattern patterns[MATCHING_MAX] = {
        {"exact", TOPIC},
        {"prefix", "bench.load"},
        {"wildcard", "bench.load..lamp.level"},
        {"prefix", "bench.load.porch"},
        {"wildcard", "bench..porch.lamp.level"},
        {"prefix", "bench.load.porch.lamp"},
        {"wildcard", "bench.load.porch..level"},
        {"prefix", "bench.lo"},
        {"wildcard", "bench.load.porch.lamp."},
        {"wildcard", "bench...lamp.level"},
    };
    return patterns[number];
}

struct pattern pattern_of_others(unsigned number)
{
    struct pattern pattern;
    switch (number % 6) {
    case 0:
    case 3:
        pattern.match = "exact";
        snprintf(pattern.uri, sizeof pattern.uri, "bench.load.porch.%u.level", number);
        break;
    case 1:
    case 4:
        pattern.match = "prefix";
        snprintf(pattern.uri, sizeof pattern.uri, "bench.load.porch.%u", number);
        break;
    case 2:
        pattern.match = "wildcard";
        snprintf(pattern.uri, sizeof pattern.uri, "bench.load..%u.level", number);
        break;
    default:
        pattern.match = "wildcard";
        snprintf(pattern.uri, sizeof pattern.uri, "bench..porch.%u.level", number);
        break;
    }
    return pattern;
}
