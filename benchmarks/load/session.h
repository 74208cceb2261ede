/* A WAMP session of a client: joining, with WAMP-CRA or anonymously, and the messages that the scenarios send. */
#ifndef SESSION_H
#define SESSION_H

#include "connection.h"
#include "wire.h"

/* Message codes, WAMP specification, "Message Codes". */
enum code {
    HELLO = 1, WELCOME = 2, ABORT = 3, CHALLENGE = 4, AUTHENTICATE = 5, GOODBYE = 6, ERROR = 8, PUBLISH = 16,
    PUBLISHED = 17, SUBSCRIBE = 32, SUBSCRIBED = 33, EVENT = 36, CALL = 48, RESULT = 50, REGISTER = 64,
    REGISTERED = 65, INVOCATION = 68, YIELD = 70
};

struct session;

struct session_handler {
    void (*joined)(struct session *session);
    /* One message after WELCOME; the cursor stands behind the code, `elements` says whether more follow. */
    void (*message)(struct session *session, enum code code, struct cursor *cursor, struct container *elements);
    void (*lost)(struct session *session, const char *reason);
};

struct account {
    const char *realm, *authid, *secret; /* authid NULL: anonymous */
};

struct session {
    const struct session_handler *handler;
    const struct account *account;
    struct connection *connection;
    struct writer writer; /* of the message that is being made */
    void *owner;
    enum wire wire;
    uint64_t last_request;
    unsigned number;
    bool joined;
};

/* Connect and join; the session's memory is the caller's. */
void session_open(struct session *session, struct loop *loop, const struct target *target, enum wire wire,
                  const struct account *account, const struct session_handler *handler);
void session_drop(struct session *session);

/* Begin a message of `elements` elements with its code; write the rest with session->writer, then send it. */
struct writer *session_begin(struct session *session, enum code code, unsigned elements);
void session_send(struct session *session);

/* The same with the session's next request id, which is returned, and empty options. */
uint64_t session_request(struct session *session, enum code code, const char *uri, struct slice arguments);
/* SUBSCRIBE to a topic or a pattern; `match` is exact, prefix or wildcard. */
void session_subscribe(struct session *session, const char *match, const char *uri);

#endif
