/* What every part of the load generator needs: failing with one line, the clock, and a growing byte buffer. */
#ifndef COMMON_H
#define COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Print one line on standard error and end with status 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Monotonic time in nanoseconds. */
uint64_t now_ns(void);

/* Bytes from `start` to `end` are the content; what lies before has been consumed. */
struct buffer {
    uint8_t *bytes;
    size_t start, end, capacity;
};

/* Make room for `size` more bytes behind the end and return where they go; the caller moves `end`. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

static inline size_t buffer_size(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

/* A piece of somebody else's bytes. */
struct slice {
    const uint8_t *at;
    size_t size;
};

bool slice_equals(struct slice slice, const char *text);

#endif
