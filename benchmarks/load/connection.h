/* WebSocket connections of a client (RFC 6455), plain or over TLS, on one epoll loop.
 *
 * What is sent is gathered, and written once after all that one turn of the loop has read.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "common.h"

#include <openssl/ssl.h>

struct connection;

struct connection_handler {
    void (*opened)(struct connection *connection);
    void (*message)(struct connection *connection, struct slice payload);
    /* The peer closed, or the connection broke; `reason` is for people. The connection is freed afterwards. */
    void (*closed)(struct connection *connection, const char *reason);
};

enum connection_state { CONNECTING, TLS_HANDSHAKE, UPGRADING, OPEN, CLOSED };

struct connection {
    const struct connection_handler *handler;
    void *owner;
    struct loop *loop;
    int fd;
    SSL *ssl;
    enum connection_state state;
    bool unflushed, wants_write, binary;
    struct buffer received, unsent;
    struct connection *next; /* in the loop's list of the unflushed or of the closed */
};

struct target {
    const char *host;
    unsigned port;
    SSL_CTX *tls; /* NULL: plain TCP */
    const char *path, *subprotocol;
    bool binary;
};

struct loop {
    int epoll;
    struct connection *unflushed, *closed;
    struct buffer spare; /* lent to the connection that is being read */
    uint64_t sent_bytes, received_bytes; /* of WebSocket, not of TLS */
    uint64_t read_at_ns;                 /* when the bytes that are being handled were read */
};

SSL_CTX *make_tls(void);
void loop_open(struct loop *loop);
/* Wait at most `timeout_ms`, handle what is ready, and write what was gathered. */
void loop_turn(struct loop *loop, int timeout_ms);

struct connection *connection_open(struct loop *loop, const struct target *target,
                                   const struct connection_handler *handler, void *owner);
void connection_send(struct connection *connection, struct slice payload);
/* Close without a word more and without telling the handler. */
void connection_drop(struct connection *connection);

#endif
