#include "wire.h"

#include <string.h>

enum { MAP_MAJOR = 5, ARRAY_MAJOR = 4, TEXT_MAJOR = 3, BYTES_MAJOR = 2, NEGATIVE_MAJOR = 1, UNSIGNED_MAJOR = 0 };

/* MessagePack is read as if it were CBOR: a major type and an argument. OTHER is followed by `argument` octets. */
enum { TAG_MAJOR = 6, OTHER_MAJOR = 7 };

struct head {
    unsigned major;
    uint64_t argument;
};

static uint8_t take(struct cursor *cursor)
{
    if (cursor->at >= cursor->end)
        fail("the router sent a message that ends too early");
    return *cursor->at++;
}

static uint64_t take_big_endian(struct cursor *cursor, unsigned octets)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < octets; i++)
        number = number << 8 | take(cursor);
    return number;
}

static void advance(struct cursor *cursor, uint64_t octets)
{
    if (octets > (uint64_t)(cursor->end - cursor->at))
        fail("the router sent a message that ends too early");
    cursor->at += octets;
}

static struct head read_cbor_head(struct cursor *cursor)
{
    uint8_t byte = take(cursor);
    unsigned major = byte >> 5, information = byte & 31u;
    if (information > 27)
        fail("the router sent CBOR of indefinite length, which this reader does not know");
    if (major == OTHER_MAJOR)
        return (struct head){major, information < 24 ? 0 : 1u << (information - 24)};
    return (struct head){major, information < 24 ? information : take_big_endian(cursor, 1u << (information - 24))};
}

static struct head read_msgpack_wide(struct cursor *cursor, uint8_t byte)
{
    switch (byte) {
    case 0xc0: case 0xc2: case 0xc3: return (struct head){OTHER_MAJOR, 0};
    case 0xc4: case 0xc5: case 0xc6: return (struct head){BYTES_MAJOR, take_big_endian(cursor, 1u << (byte - 0xc4))};
    case 0xca: return (struct head){OTHER_MAJOR, 4};
    case 0xcb: return (struct head){OTHER_MAJOR, 8};
    case 0xcc: case 0xcd: case 0xce: case 0xcf:
        return (struct head){UNSIGNED_MAJOR, take_big_endian(cursor, 1u << (byte - 0xcc))};
    case 0xd0: case 0xd1: case 0xd2: case 0xd3: return (struct head){OTHER_MAJOR, 1u << (byte - 0xd0)};
    case 0xd9: case 0xda: case 0xdb: return (struct head){TEXT_MAJOR, take_big_endian(cursor, 1u << (byte - 0xd9))};
    case 0xdc: case 0xdd: return (struct head){ARRAY_MAJOR, take_big_endian(cursor, 2u << (byte - 0xdc))};
    case 0xde: case 0xdf: return (struct head){MAP_MAJOR, take_big_endian(cursor, 2u << (byte - 0xde))};
    default: fail("the router sent MessagePack of the type %#x, which this reader does not know", byte);
    }
}

static struct head read_msgpack_head(struct cursor *cursor)
{
    uint8_t byte = take(cursor);
    if (byte < 0x80)
        return (struct head){UNSIGNED_MAJOR, byte};
    if (byte < 0x90)
        return (struct head){MAP_MAJOR, byte & 0x0fu};
    if (byte < 0xa0)
        return (struct head){ARRAY_MAJOR, byte & 0x0fu};
    if (byte < 0xc0)
        return (struct head){TEXT_MAJOR, byte & 0x1fu};
    if (byte >= 0xe0)
        return (struct head){OTHER_MAJOR, 0};
    return read_msgpack_wide(cursor, byte);
}

static struct head read_head(struct cursor *cursor)
{
    return cursor->wire == CBOR ? read_cbor_head(cursor) : read_msgpack_head(cursor);
}

static uint8_t json_peek(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\t'))
        cursor->at++;
    return cursor->at < cursor->end ? *cursor->at : 0;
}

static void json_expect(struct cursor *cursor, char expected)
{
    if (json_peek(cursor) != (uint8_t)expected)
        fail("the router sent JSON in which a %c was expected", expected);
    cursor->at++;
}

static struct container enter(struct cursor *cursor, unsigned major, char opening)
{
    if (cursor->wire == JSON) {
        json_expect(cursor, opening);
        return (struct container){0};
    }
    struct head head = read_head(cursor);
    if (head.major != major)
        fail("the router sent something else than the array or map that was expected");
    return (struct container){.left = head.argument};
}

struct container read_array(struct cursor *cursor)
{
    return enter(cursor, ARRAY_MAJOR, '[');
}

struct container read_map(struct cursor *cursor)
{
    return enter(cursor, MAP_MAJOR, '{');
}

bool more(struct cursor *cursor, struct container *container)
{
    if (cursor->wire != JSON)
        return container->left-- > 0;
    uint8_t next = json_peek(cursor);
    if (next == ']' || next == '}') {
        cursor->at++;
        return false;
    }
    if (container->started)
        json_expect(cursor, ',');
    container->started = true;
    return true;
}

uint64_t read_unsigned(struct cursor *cursor)
{
    if (cursor->wire != JSON) {
        struct head head = read_head(cursor);
        if (head.major != UNSIGNED_MAJOR)
            fail("the router sent something else than the number that was expected");
        return head.argument;
    }
    uint64_t number = 0;
    json_peek(cursor);
    const uint8_t *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
        number = 10 * number + (uint64_t)(*cursor->at++ - '0');
    if (cursor->at == start)
        fail("the router sent JSON in which a number was expected");
    return number;
}

static struct slice read_json_text(struct cursor *cursor)
{
    json_expect(cursor, '"');
    const uint8_t *start = cursor->at;
    for (;;) {
        const uint8_t *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
        if (quote == NULL)
            fail("the router sent JSON with text that does not end");
        const uint8_t *before = quote;
        while (before > start && before[-1] == '\\')
            before--;
        cursor->at = quote + 1;
        if ((quote - before) % 2 == 0)
            return (struct slice){start, (size_t)(quote - start)};
    }
}

struct slice read_text(struct cursor *cursor)
{
    if (cursor->wire == JSON)
        return read_json_text(cursor);
    struct head head = read_head(cursor);
    if (head.major != TEXT_MAJOR)
        fail("the router sent something else than the text that was expected");
    const uint8_t *start = cursor->at;
    advance(cursor, head.argument);
    return (struct slice){start, (size_t)head.argument};
}

struct slice read_key(struct cursor *cursor)
{
    struct slice key = read_text(cursor);
    if (cursor->wire == JSON)
        json_expect(cursor, ':');
    return key;
}

static void skip_json(struct cursor *cursor)
{
    unsigned depth = 0;
    do {
        uint8_t next = json_peek(cursor);
        if (next == '"') {
            read_json_text(cursor);
        } else if (next == '[' || next == '{') {
            depth++, cursor->at++;
        } else if (next == ']' || next == '}') {
            depth--, cursor->at++;
        } else if (next == ',' || next == ':') {
            cursor->at++;
        } else {
            while (cursor->at < cursor->end && strchr(",:]} \n\t", *cursor->at) == NULL)
                cursor->at++;
        }
    } while (depth > 0 && cursor->at < cursor->end);
}

static void skip_binary(struct cursor *cursor)
{
    for (uint64_t left = 1; left > 0; left--) {
        struct head head = read_head(cursor);
        if (head.major == TEXT_MAJOR || head.major == BYTES_MAJOR || head.major == OTHER_MAJOR)
            advance(cursor, head.argument);
        else if (head.major == ARRAY_MAJOR)
            left += head.argument;
        else if (head.major == MAP_MAJOR)
            left += 2 * head.argument;
        else if (head.major == TAG_MAJOR)
            left++;
    }
}

struct slice read_raw(struct cursor *cursor)
{
    if (cursor->wire == JSON)
        json_peek(cursor);
    const uint8_t *start = cursor->at;
    if (cursor->wire == JSON)
        skip_json(cursor);
    else
        skip_binary(cursor);
    return (struct slice){start, (size_t)(cursor->at - start)};
}
