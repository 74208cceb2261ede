#include "websocket.h"

#include <stdio.h>
#include <string.h>

void websocket_request(struct buffer *out, const char *host, unsigned port, const char *path, const char *subprotocol)
{
    char request[1024];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: d2FtcGktbG9hZC1nZW5lcg==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: %s\r\n\r\n",
                        path, host, port, subprotocol);
    if (size < 0 || (size_t)size >= sizeof request)
        fail("host or path is too long");
    buffer_append(out, request, (size_t)size);
}

bool websocket_response(struct buffer *in)
{
    const uint8_t *head = in->bytes + in->start;
    const uint8_t *end = memmem(head, buffer_size(in), "\r\n\r\n", 4);
    if (end == NULL)
        return false;
    const uint8_t *line_end = memchr(head, '\r', buffer_size(in));
    if (line_end - head < 12 || memcmp(head, "HTTP/1.1 101", 12) != 0)
        fail("the router refused the WebSocket: %.*s", (int)(line_end - head), (const char *)head);
    in->start += (size_t)(end - head) + 4;
    return true;
}

/* xorshift: a mask need only be different, the peer is trusted and nobody is between. */
static uint32_t next_mask(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static size_t put_header(uint8_t *header, enum opcode opcode, size_t size)
{
    header[0] = (uint8_t)(0x80 | opcode);
    if (size < 126) {
        header[1] = (uint8_t)(0x80 | size);
        return 2;
    }
    unsigned octets = size < 65536 ? 2 : 8;
    header[1] = (uint8_t)(0x80 | (octets == 2 ? 126 : 127));
    for (unsigned i = 0; i < octets; i++)
        header[2 + i] = (uint8_t)((uint64_t)size >> (8 * (octets - 1 - i)));
    return 2 + octets;
}

void websocket_frame(struct buffer *out, enum opcode opcode, struct slice payload)
{
    uint8_t *at = buffer_reserve(out, payload.size + 14);
    size_t header_size = put_header(at, opcode, payload.size);
    uint32_t mask = next_mask();
    memcpy(at + header_size, &mask, 4);
    uint8_t *masked = at + header_size + 4;
    size_t i = 0;
    for (; i + 4 <= payload.size; i += 4) {
        uint32_t word;
        memcpy(&word, payload.at + i, 4);
        word ^= mask;
        memcpy(masked + i, &word, 4);
    }
    for (; i < payload.size; i++)
        masked[i] = payload.at[i] ^ at[header_size + i % 4];
    out->end += header_size + 4 + payload.size;
}

bool websocket_take(struct buffer *in, struct frame *frame)
{
    const uint8_t *at = in->bytes + in->start;
    size_t have = buffer_size(in), header_size = 2;
    if (have < 2)
        return false;
    if ((at[0] & 0xf0) != 0x80 || (at[0] & 0x0f) == 0 || (at[1] & 0x80) != 0)
        fail("the router sent a fragmented, compressed or masked frame: %02x %02x", at[0], at[1]);
    uint64_t size = at[1];
    if (size >= 126) {
        unsigned octets = size == 126 ? 2 : 8;
        if (have < 2 + octets)
            return false;
        size = 0;
        for (unsigned i = 0; i < octets; i++)
            size = size << 8 | at[2 + i];
        header_size += octets;
    }
    if (have - header_size < size)
        return false;
    *frame = (struct frame){(enum opcode)(at[0] & 0x0f), {at + header_size, (size_t)size}};
    in->start += header_size + (size_t)size;
    return true;
}
