#include "others.h"

#include "patterns.h"

enum { HOLDERS = 8, WINDOW = 64 }; /* sessions, and the requests that each has under way */

static struct {
    struct session holders[HOLDERS];
    unsigned wanted, joined, asked, held;
} others;

static void subscribe_next(struct session *session)
{
    if (others.asked == others.wanted)
        return;
    struct pattern pattern = pattern_of_others(others.asked++);
    session_subscribe(session, pattern.match, pattern.uri);
}

static void on_joined(struct session *session)
{
    (void)session;
    others.joined++;
}

static void on_message(struct session *session, enum code code, struct cursor *cursor, struct container *elements)
{
    (void)cursor, (void)elements;
    if (code != SUBSCRIBED)
        fail("session %u: unexpected message %d", session->number, code);
    others.held++;
    subscribe_next(session);
}

static const struct session_handler HANDLER = {on_joined, on_message, fail_lost};

double hold_subscriptions(struct bench *bench, unsigned count)
{
    const struct options *options = &bench->options;
    others.wanted = count;
    for (unsigned i = 0; i < HOLDERS; i++) {
        others.holders[i].number = i;
        session_open(&others.holders[i], &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    }
    wait_until(bench, &others.joined, HOLDERS, "the sessions that hold subscriptions");
    measurement_start(&bench->measurement, &bench->loop);
    for (unsigned i = 0; i < HOLDERS * WINDOW; i++)
        subscribe_next(&others.holders[i % HOLDERS]);
    wait_until(bench, &others.held, count, "subscriptions that nothing matches");
    measurement_stop(&bench->measurement, &bench->loop);
    return watched_cpu_us(&bench->measurement) / count;
}
