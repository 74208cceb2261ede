/* The scenarios: what is asked of the router, and how it is counted. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "measurement.h"
#include "session.h"

struct options {
    struct target target;
    struct account account;
    enum wire wire;
    const char *uri;
    unsigned in_flight;      /* calls or publishes that wait for their end at any time; logins at once */
    unsigned sessions;       /* subscribers, or idle sessions */
    unsigned subscriptions;  /* of the realm; 0: the subscribers', all of the same topic */
    size_t payload_bytes;    /* size of the one argument */
    bool payload_is_binary;  /* a byte string instead of text */
    double warmup_seconds, seconds;
};

struct bench {
    struct options options;
    struct loop loop;
    struct measurement measurement;
    struct writer arguments; /* the encoded list of the one argument */
};

/* A caller and a callee: each call is an echo. Latency is from CALL to RESULT. */
void run_calls(struct bench *bench);
/* A publisher and subscribers. An operation is an event delivered; latency is from PUBLISH to EVENT.
 * With options.subscriptions the subscribers have different patterns, and other sessions hold the rest. */
void run_events(struct bench *bench);
/* Connections that join, say goodbye and are made again. Latency is from connecting to WELCOME. */
void run_logins(struct bench *bench);
/* Sessions that join and then only answer pings. Latency is from connecting to WELCOME. */
void run_idle(struct bench *bench);

/* The encoded [argument] of the options' size. */
struct slice scenario_arguments(struct bench *bench);
/* Turn the loop until *count reaches `wanted`; fails when it stands still for 30 s and says what was waited for. */
void wait_until(struct bench *bench, const unsigned *count, unsigned wanted, const char *what);
/* Turn the loop for the warm-up, then for the measured time. */
void run_measured(struct bench *bench);
/* For handlers of scenarios in which nothing may end a session. */
void fail_lost(struct session *session, const char *reason);

#endif
