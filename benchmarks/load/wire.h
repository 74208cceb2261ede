/* JSON, MessagePack and CBOR, as far as WAMP messages need them: a writer, and a cursor over received bytes.
 *
 * A writer appends one value after the other; arrays and maps say their length in front, and are ended. A cursor
 * reads in the same way and fails the program on anything it does not expect: the peer is a router under test.
 */
#ifndef WIRE_H
#define WIRE_H

#include "common.h"

enum wire { JSON, MESSAGEPACK, CBOR };

/* The serializer called `name` (json, msgpack, cbor); fails on any other. */
enum wire wire_named(const char *name);
const char *wire_subprotocol(enum wire wire);

struct writer {
    enum wire wire;
    struct buffer buffer;
};

void write_array(struct writer *writer, unsigned length);
void write_map(struct writer *writer, unsigned length);
void write_end_array(struct writer *writer);
void write_end_map(struct writer *writer);
void write_unsigned(struct writer *writer, uint64_t number);
void write_text(struct writer *writer, const char *text, size_t size);
/* Text that is a key of a map. */
void write_key(struct writer *writer, const char *text);
/* A byte string; in JSON, where there is none, text: `bytes` must be printable ASCII then. */
void write_bytes(struct writer *writer, const void *bytes, size_t size);
void write_true(struct writer *writer);
/* A value that is encoded already, copied from a cursor over the same serializer. */
void write_raw(struct writer *writer, struct slice value);

struct cursor {
    enum wire wire;
    const uint8_t *at, *end;
};

/* Enter an array or a map. `more` is then asked before each element (or key) and says when the end is reached. */
struct container {
    uint64_t left;
    bool started;
};

struct container read_array(struct cursor *cursor);
struct container read_map(struct cursor *cursor);
bool more(struct cursor *cursor, struct container *container);
uint64_t read_unsigned(struct cursor *cursor);
/* The text as it stands; JSON escapes are left in it. */
struct slice read_text(struct cursor *cursor);
struct slice read_key(struct cursor *cursor);
/* Skip one value of any kind and return its encoded bytes. */
struct slice read_raw(struct cursor *cursor);

#endif
