#include "scenario.h"

#include <string.h>

struct slice scenario_arguments(struct bench *bench)
{
    struct writer *writer = &bench->arguments;
    size_t size = bench->options.payload_bytes;
    struct buffer argument = {0};
    memset(buffer_reserve(&argument, size + 1), 'w', size + 1);
    writer->wire = bench->options.wire;
    buffer_clear(&writer->buffer);
    write_array(writer, 1);
    if (bench->options.payload_is_binary)
        write_bytes(writer, argument.bytes, size);
    else
        write_text(writer, (const char *)argument.bytes, size);
    write_end_array(writer);
    buffer_free(&argument);
    return (struct slice){writer->buffer.bytes, buffer_size(&writer->buffer)};
}

static void run_for(struct bench *bench, double seconds)
{
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    for (uint64_t now = now_ns(); now < end; now = now_ns())
        loop_turn(&bench->loop, (int)((end - now) / 1000000) + 1);
}

void wait_until(struct bench *bench, const unsigned *count, unsigned wanted, const char *what)
{
    uint64_t moved_at_ns = now_ns();
    for (unsigned before = *count; *count < wanted; before = *count) {
        loop_turn(&bench->loop, 100);
        if (*count != before)
            moved_at_ns = now_ns();
        else if (now_ns() - moved_at_ns > 30000000000u)
            fail("waited 30 s for %s: %u of %u", what, *count, wanted);
    }
}

void run_measured(struct bench *bench)
{
    run_for(bench, bench->options.warmup_seconds);
    measurement_start(&bench->measurement, &bench->loop);
    run_for(bench, bench->options.seconds);
    measurement_stop(&bench->measurement, &bench->loop);
}

void fail_lost(struct session *session, const char *reason)
{
    fail("session %u: %s", session->number, reason);
}
