#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

enum { JOINING_MAX = 16 }; /* so that a router's limit of sessions that have not logged in is kept */

static struct {
    struct bench *bench;
    unsigned opened, joined, lost;
} idle;

static void on_joined(struct session *session)
{
    (void)session;
    idle.joined++;
}

static void on_message(struct session *session, enum code code, struct cursor *cursor, struct container *elements)
{
    (void)cursor, (void)elements;
    fail("session %u: unexpected message %d", session->number, code);
}

static void on_lost(struct session *session, const char *reason)
{
    if (!session->joined)
        fail("session %u could not join: %s", session->number, reason);
    idle.lost++;
}

static const struct session_handler HANDLER = {on_joined, on_message, on_lost};

void run_idle(struct bench *bench)
{
    const struct options *options = &bench->options;
    struct session *sessions = calloc(options->sessions, sizeof *sessions);
    if (sessions == NULL)
        fail("out of memory");
    idle.bench = bench;
    for (unsigned i = 0; i < options->sessions; i++) {
        if (i >= JOINING_MAX)
            wait_until(bench, &idle.joined, i - JOINING_MAX + 1, "idle sessions to join");
        sessions[i].number = i;
        session_open(&sessions[i], &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    }
    wait_until(bench, &idle.joined, options->sessions, "idle sessions to join");
    puts("joined"); /* whoever watches the router's memory looks now */
    fflush(stdout);
    run_measured(bench);
    char extra[64];
    snprintf(extra, sizeof extra, ", \"joined\": %u, \"lost\": %u", idle.joined, idle.lost);
    measurement_report(&bench->measurement, extra);
}
