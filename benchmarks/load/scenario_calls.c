#include "scenario.h"

enum { RING = 1 << 16 }; /* more than can be in flight */

static struct {
    struct bench *bench;
    struct session caller, callee;
    struct slice arguments;
    unsigned ready;
    uint64_t called_at_ns[RING]; /* by request id modulo RING */
} calls;

static void call(void)
{
    uint64_t request = session_request(&calls.caller, CALL, calls.bench->options.uri, calls.arguments);
    calls.called_at_ns[request % RING] = now_ns();
}

static void on_result(struct cursor *cursor, struct container *elements)
{
    uint64_t request = read_unsigned(cursor);
    more(cursor, elements);
    read_raw(cursor);
    if (!more(cursor, elements) || read_raw(cursor).size < calls.arguments.size)
        fail("a result came back without its payload");
    measure(&calls.bench->measurement, calls.called_at_ns[request % RING], calls.bench->loop.read_at_ns);
    call();
}

static void on_invocation(struct cursor *cursor, struct container *elements)
{
    uint64_t request = read_unsigned(cursor);
    more(cursor, elements);
    read_unsigned(cursor);
    more(cursor, elements);
    read_raw(cursor);
    if (!more(cursor, elements))
        fail("an invocation came without its payload");
    struct slice arguments = read_raw(cursor);
    struct writer *writer = session_begin(&calls.callee, YIELD, 4);
    write_unsigned(writer, request);
    write_map(writer, 0);
    write_end_map(writer);
    write_raw(writer, arguments);
    session_send(&calls.callee);
}

static void on_message(struct session *session, enum code code, struct cursor *cursor, struct container *elements)
{
    if (code == RESULT)
        on_result(cursor, elements);
    else if (code == INVOCATION)
        on_invocation(cursor, elements);
    else if (code == REGISTERED)
        calls.ready++;
    else
        fail("session %u: unexpected message %d", session->number, code);
}

static void on_joined(struct session *session)
{
    if (session == &calls.callee)
        session_request(session, REGISTER, calls.bench->options.uri, (struct slice){0});
    else
        calls.ready++;
}

static const struct session_handler HANDLER = {on_joined, on_message, fail_lost};

void run_calls(struct bench *bench)
{
    const struct options *options = &bench->options;
    if (options->in_flight >= RING)
        fail("at most %d calls can be in flight", RING - 1);
    calls.bench = bench;
    calls.arguments = scenario_arguments(bench);
    session_open(&calls.caller, &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    session_open(&calls.callee, &bench->loop, &options->target, options->wire, &options->account, &HANDLER);
    wait_until(bench, &calls.ready, 2, "the caller and the callee");
    for (unsigned i = 0; i < options->in_flight; i++)
        call();
    run_measured(bench);
    measurement_report(&bench->measurement, "");
}
