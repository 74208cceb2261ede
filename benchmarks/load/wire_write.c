#include "wire.h"

#include <stdio.h>
#include <string.h>

enum wire wire_named(const char *name)
{
    if (strcmp(name, "json") == 0)
        return JSON;
    if (strcmp(name, "msgpack") == 0)
        return MESSAGEPACK;
    if (strcmp(name, "cbor") == 0)
        return CBOR;
    fail("unknown serializer %s: say json, msgpack or cbor", name);
}

const char *wire_subprotocol(enum wire wire)
{
    static const char *const names[] = {"wamp.2.json", "wamp.2.msgpack", "wamp.2.cbor"};
    return names[wire];
}

static void put(struct writer *writer, uint8_t byte)
{
    buffer_append(&writer->buffer, &byte, 1);
}

static void put_big_endian(struct writer *writer, uint64_t number, unsigned octets)
{
    for (unsigned left = octets; left > 0; left--)
        put(writer, (uint8_t)(number >> (8 * (left - 1))));
}

/* JSON wants a comma before every element but the first, and none between a key and its value. */
static void separate(struct writer *writer)
{
    if (writer->wire != JSON || buffer_size(&writer->buffer) == 0)
        return;
    uint8_t last = writer->buffer.bytes[writer->buffer.end - 1];
    if (last != '[' && last != '{' && last != ':')
        put(writer, ',');
}

/* RFC 8949 section 3: three bits of major type, then the argument in as few octets as hold it. */
static void put_cbor_head(struct writer *writer, unsigned major, uint64_t argument)
{
    unsigned octets = argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
    static const uint8_t information[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    put(writer, (uint8_t)(major << 5 | (octets == 0 ? argument : information[octets])));
    put_big_endian(writer, argument, octets);
}

/* A MessagePack head: `fix` is the short form's base for lengths below `limit`, `wide` the 8, 16 and 32 bit forms. */
static void put_msgpack_head(struct writer *writer, size_t size, unsigned fix, size_t limit, const uint8_t wide[3])
{
    if (size < limit) {
        put(writer, (uint8_t)(fix | size));
        return;
    }
    unsigned form = size < 0x100 && wide[0] != 0 ? 0 : size < 0x10000 ? 1 : 2;
    put(writer, wide[form]);
    put_big_endian(writer, size, 1u << form);
}

void write_array(struct writer *writer, unsigned length)
{
    separate(writer);
    if (writer->wire == JSON)
        put(writer, '[');
    else if (writer->wire == CBOR)
        put_cbor_head(writer, 4, length);
    else
        put_msgpack_head(writer, length, 0x90, 16, (const uint8_t[]){0, 0xdc, 0xdd});
}

void write_map(struct writer *writer, unsigned length)
{
    separate(writer);
    if (writer->wire == JSON)
        put(writer, '{');
    else if (writer->wire == CBOR)
        put_cbor_head(writer, 5, length);
    else
        put_msgpack_head(writer, length, 0x80, 16, (const uint8_t[]){0, 0xde, 0xdf});
}

void write_end_array(struct writer *writer)
{
    if (writer->wire == JSON)
        put(writer, ']');
}

void write_end_map(struct writer *writer)
{
    if (writer->wire == JSON)
        put(writer, '}');
}

void write_unsigned(struct writer *writer, uint64_t number)
{
    separate(writer);
    if (writer->wire == JSON) {
        char digits[24];
        int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
        buffer_append(&writer->buffer, digits, (size_t)size);
    } else if (writer->wire == CBOR) {
        put_cbor_head(writer, 0, number);
    } else if (number < 0x80) {
        put(writer, (uint8_t)number);
    } else {
        unsigned form = number < 0x100 ? 0 : number < 0x10000 ? 1 : number < 0x100000000 ? 2 : 3;
        put(writer, (uint8_t)(0xcc + form));
        put_big_endian(writer, number, 1u << form);
    }
}

static void write_json_text(struct writer *writer, const char *text, size_t size)
{
    put(writer, '"');
    size_t clean = 0; /* start of what needs no escape */
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '"' && text[i] != '\\')
            continue;
        buffer_append(&writer->buffer, text + clean, i - clean);
        put(writer, '\\');
        clean = i;
    }
    buffer_append(&writer->buffer, text + clean, size - clean);
    put(writer, '"');
}

void write_text(struct writer *writer, const char *text, size_t size)
{
    separate(writer);
    if (writer->wire == JSON) {
        write_json_text(writer, text, size);
        return;
    }
    if (writer->wire == CBOR)
        put_cbor_head(writer, 3, size);
    else
        put_msgpack_head(writer, size, 0xa0, 32, (const uint8_t[]){0xd9, 0xda, 0xdb});
    buffer_append(&writer->buffer, text, size);
}

void write_key(struct writer *writer, const char *text)
{
    write_text(writer, text, strlen(text));
    if (writer->wire == JSON)
        put(writer, ':');
}

void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->wire == JSON) {
        write_text(writer, bytes, size);
        return;
    }
    if (writer->wire == CBOR)
        put_cbor_head(writer, 2, size);
    else
        put_msgpack_head(writer, size, 0, 0, (const uint8_t[]){0xc4, 0xc5, 0xc6});
    buffer_append(&writer->buffer, bytes, size);
}

void write_true(struct writer *writer)
{
    separate(writer);
    if (writer->wire == JSON)
        buffer_append(&writer->buffer, "true", 4);
    else
        put(writer, writer->wire == CBOR ? 0xf5 : 0xc3);
}

void write_raw(struct writer *writer, struct slice value)
{
    separate(writer);
    buffer_append(&writer->buffer, value.at, value.size);
}
