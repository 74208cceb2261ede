/* The subscriptions of a realm in which exact topics, prefixes and wildcards are mixed in equal parts. */
#ifndef PATTERNS_H
#define PATTERNS_H

enum { MATCHING_MAX = 10, PATTERN_SIZE = 64 };

struct pattern {
    const char *match; /* exact, prefix or wildcard */
    char uri[PATTERN_SIZE];
};

/* The topic that is published to. */
const char *patterns_topic(void);
/* A pattern that matches the topic, each `number` below MATCHING_MAX another; the first is the topic itself. */
struct pattern pattern_that_matches(unsigned number);
/* A pattern that does not match, each `number` another, and that shares with the topic as much as it can. */
struct pattern pattern_of_others(unsigned number);

#endif
