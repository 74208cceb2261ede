#include "scenario.h"

#include <stdlib.h>

struct visitor {
    struct session session;
    uint64_t opened_at_ns;
};

static struct {
    struct bench *bench;
    unsigned joined;
} logins;

static const struct session_handler HANDLER;

static void visit(struct visitor *visitor)
{
    const struct options *options = &logins.bench->options;
    visitor->opened_at_ns = now_ns();
    session_open(&visitor->session, &logins.bench->loop, &options->target, options->wire, &options->account, &HANDLER);
}

static void on_joined(struct session *session)
{
    struct visitor *visitor = session->owner;
    logins.joined++;
    measure(&logins.bench->measurement, visitor->opened_at_ns, logins.bench->loop.read_at_ns);
    struct writer *writer = session_begin(session, GOODBYE, 3);
    write_map(writer, 0);
    write_end_map(writer);
    write_text(writer, "wamp.close.close_realm", 22);
    session_send(session);
}

static void on_message(struct session *session, enum code code, struct cursor *cursor, struct container *elements)
{
    (void)cursor, (void)elements;
    if (code != GOODBYE)
        fail("session %u: unexpected message %d", session->number, code);
    session_drop(session);
    visit(session->owner);
}

static const struct session_handler HANDLER = {on_joined, on_message, fail_lost};

void run_logins(struct bench *bench)
{
    struct visitor *visitors = calloc(bench->options.in_flight, sizeof *visitors);
    if (visitors == NULL)
        fail("out of memory");
    logins.bench = bench;
    for (unsigned i = 0; i < bench->options.in_flight; i++) {
        visitors[i].session.owner = &visitors[i];
        visitors[i].session.number = i;
        visit(&visitors[i]);
    }
    wait_until(bench, &logins.joined, 1, "the first login");
    run_measured(bench);
    measurement_report(&bench->measurement, "");
}
