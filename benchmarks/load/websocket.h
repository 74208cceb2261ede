/* The client's half of WebSocket framing, without I/O (RFC 6455 section 5). */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include "common.h"

enum opcode { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct frame {
    enum opcode opcode;
    struct slice payload;
};

/* Append the upgrade request. */
void websocket_request(struct buffer *out, const char *host, unsigned port, const char *path, const char *subprotocol);

/* Take the response from the front of `in`: false if it is not all there. Fails unless it says 101. */
bool websocket_response(struct buffer *in);

/* Append one masked frame. */
void websocket_frame(struct buffer *out, enum opcode opcode, struct slice payload);

/* Take one whole frame from the front of `in`: false if it is not all there. Fails on fragments and masked frames. */
bool websocket_take(struct buffer *in, struct frame *frame);

#endif
