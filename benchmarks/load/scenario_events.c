#include "others.h"
#include "patterns.h"
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 1 << 12 }; /* more than publishes can be under way */

struct subscriber {
    struct session session;
    uint64_t received;
};

/* The events of one publisher come in order, so the n-th event of a subscriber is the n-th publish. */
static struct {
    struct bench *bench;
    struct session publisher;
    struct subscriber *subscribers;
    const char *topic;
    struct slice arguments;
    unsigned ready;
    uint64_t published;
    uint64_t published_at_ns[RING]; /* by number of the publish modulo RING, as the next */
    unsigned delivered[RING];
} events;

/* Every publish that starts a window is acknowledged, so that a refusal is not silent. */
static void publish(void)
{
    const struct options *options = &events.bench->options;
    bool acknowledge = events.published % options->in_flight == 0;
    uint64_t slot = ++events.published % RING;
    struct writer *writer = session_begin(&events.publisher, PUBLISH, 5);
    write_unsigned(writer, ++events.publisher.last_request);
    write_map(writer, acknowledge ? 1 : 0);
    if (acknowledge) {
        write_key(writer, "acknowledge");
        write_true(writer);
    }
    write_end_map(writer);
    write_text(writer, events.topic, strlen(events.topic));
    write_raw(writer, events.arguments);
    events.delivered[slot] = 0;
    events.published_at_ns[slot] = now_ns();
    session_send(&events.publisher);
}

static void on_event(struct subscriber *subscriber, struct cursor *cursor, struct container *elements)
{
    for (int i = 0; i < 3; i++) { /* subscription, publication, details */
        read_raw(cursor);
        if (!more(cursor, elements))
            fail("an event came without its payload");
    }
    if (read_raw(cursor).size < events.arguments.size)
        fail("an event came with less than its payload");
    uint64_t slot = ++subscriber->received % RING;
    measure(&events.bench->measurement, events.published_at_ns[slot], events.bench->loop.read_at_ns);
    if (++events.delivered[slot] == events.bench->options.sessions)
        publish();
}

static void on_message(struct session *session, enum code code, struct cursor *cursor, struct container *elements)
{
    if (code == EVENT)
        on_event(session->owner, cursor, elements);
    else if (code == SUBSCRIBED)
        events.ready++;
    else if (code != PUBLISHED)
        fail("session %u: unexpected message %d", session->number, code);
}

static void on_joined(struct session *session)
{
    if (session->owner == NULL) {
        events.ready++;
    } else if (events.bench->options.subscriptions > 0) {
        struct pattern pattern = pattern_that_matches(session->number - 1);
        session_subscribe(session, pattern.match, pattern.uri);
    } else {
        session_request(session, SUBSCRIBE, events.topic, (struct slice){0});
    }
}

static const struct session_handler HANDLER = {on_joined, on_message, fail_lost};

static void open_all(struct bench *bench)
{
    const struct options *options = &bench->options;
    session_open(&events.publisher, &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    for (unsigned i = 0; i < options->sessions; i++) {
        struct session *session = &events.subscribers[i].session;
        session->owner = &events.subscribers[i];
        session->number = i + 1;
        session_open(session, &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    }
}

static void check(const struct options *options)
{
    if (options->in_flight >= RING)
        fail("at most %d publishes can be under way", RING - 1);
    if (options->subscriptions == 0)
        return;
    if (options->sessions > MATCHING_MAX)
        fail("at most %d subscriptions can match", MATCHING_MAX);
    if (options->sessions > options->subscriptions)
        fail("%u of %u subscriptions cannot match", options->sessions, options->subscriptions);
}

void run_events(struct bench *bench)
{
    const struct options *options = &bench->options;
    check(options);
    events.bench = bench;
    events.topic = options->subscriptions > 0 ? patterns_topic() : options->uri;
    events.arguments = scenario_arguments(bench);
    events.subscribers = calloc(options->sessions, sizeof *events.subscribers);
    if (events.subscribers == NULL)
        fail("out of memory");
    double subscribe_cpu_us = 0;
    if (options->subscriptions > options->sessions)
        subscribe_cpu_us = hold_subscriptions(bench, options->subscriptions - options->sessions);
    open_all(bench);
    wait_until(bench, &events.ready, options->sessions + 1, "the publisher and the subscribers");
    for (unsigned i = 0; i < options->in_flight; i++)
        publish();
    run_measured(bench);
    char extra[128];
    snprintf(extra, sizeof extra, ", \"subscribers\": %u, \"subscriptions\": %u, \"subscribe_cpu_us\": %.3f",
             options->sessions, options->subscriptions, subscribe_cpu_us);
    measurement_report(&bench->measurement, extra);
}
