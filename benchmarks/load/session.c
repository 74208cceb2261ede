#include "session.h"

#include "cra.h"

#include <stdio.h>
#include <string.h>

struct writer *session_begin(struct session *session, enum code code, unsigned elements)
{
    session->writer.wire = session->wire;
    buffer_clear(&session->writer.buffer);
    write_array(&session->writer, elements);
    write_unsigned(&session->writer, code);
    return &session->writer;
}

void session_send(struct session *session)
{
    struct buffer *message = &session->writer.buffer;
    write_end_array(&session->writer);
    connection_send(session->connection, (struct slice){message->bytes, buffer_size(message)});
}

uint64_t session_request(struct session *session, enum code code, const char *uri, struct slice arguments)
{
    struct writer *writer = session_begin(session, code, arguments.size > 0 ? 5 : 4);
    write_unsigned(writer, ++session->last_request);
    write_map(writer, 0);
    write_end_map(writer);
    write_text(writer, uri, strlen(uri));
    if (arguments.size > 0)
        write_raw(writer, arguments);
    session_send(session);
    return session->last_request;
}

void session_subscribe(struct session *session, const char *match, const char *uri)
{
    struct writer *writer = session_begin(session, SUBSCRIBE, 4);
    write_unsigned(writer, ++session->last_request);
    write_map(writer, 1);
    write_key(writer, "match");
    write_text(writer, match, strlen(match));
    write_end_map(writer);
    write_text(writer, uri, strlen(uri));
    session_send(session);
}

static void send_hello(struct session *session)
{
    static const char *const roles[] = {"caller", "callee", "publisher", "subscriber"};
    const struct account *account = session->account;
    const char *method = account->authid == NULL ? "anonymous" : "wampcra";
    struct writer *writer = session_begin(session, HELLO, 3);
    write_text(writer, account->realm, strlen(account->realm));
    write_map(writer, account->authid == NULL ? 2 : 3);
    write_key(writer, "roles");
    write_map(writer, 4);
    for (unsigned i = 0; i < 4; i++) {
        write_key(writer, roles[i]);
        write_map(writer, 0);
        write_end_map(writer);
    }
    write_end_map(writer);
    write_key(writer, "authmethods");
    write_array(writer, 1);
    write_text(writer, method, strlen(method));
    write_end_array(writer);
    if (account->authid != NULL) {
        write_key(writer, "authid");
        write_text(writer, account->authid, strlen(account->authid));
    }
    write_end_map(writer);
    session_send(session);
}

static void send_authenticate(struct session *session, const struct cra_challenge *challenge)
{
    char signature[CRA_SIGNATURE_SIZE];
    cra_sign(session->account->secret, challenge, signature);
    struct writer *writer = session_begin(session, AUTHENTICATE, 3);
    write_text(writer, signature, strlen(signature));
    write_map(writer, 0);
    write_end_map(writer);
    session_send(session);
}

static void on_challenge(struct session *session, struct cursor *cursor, struct container *elements)
{
    struct cra_challenge challenge = {0};
    read_text(cursor); /* the method, of which there is only one */
    if (!more(cursor, elements))
        fail("the router sent a CHALLENGE without its extra");
    struct container extra = read_map(cursor);
    while (more(cursor, &extra)) {
        struct slice key = read_key(cursor);
        if (slice_equals(key, "challenge"))
            challenge.text = read_text(cursor);
        else if (slice_equals(key, "salt"))
            challenge.salt = read_text(cursor);
        else if (slice_equals(key, "iterations"))
            challenge.iterations = (unsigned)read_unsigned(cursor);
        else if (slice_equals(key, "keylen"))
            challenge.key_bytes = (unsigned)read_unsigned(cursor);
        else
            read_raw(cursor);
    }
    if (session->wire == JSON)
        challenge.text = json_unescape(challenge.text);
    send_authenticate(session, &challenge);
}

/* One line that shows a message which was not expected: its printable characters, as many as fit. */
static void describe(char *line, size_t size, enum code code, struct slice payload)
{
    size_t used = (size_t)snprintf(line, size, "the router answered with message %d: ", code);
    for (size_t i = 0; i < payload.size && used + 1 < size; i++)
        line[used++] = payload.at[i] >= ' ' && payload.at[i] < 0x7f ? (char)payload.at[i] : '.';
    line[used] = '\0';
}

static void on_message(struct connection *connection, struct slice payload)
{
    struct session *session = connection->owner;
    struct cursor cursor = {session->wire, payload.at, payload.at + payload.size};
    struct container elements = read_array(&cursor);
    more(&cursor, &elements);
    enum code code = (enum code)read_unsigned(&cursor);
    more(&cursor, &elements);
    if (session->joined && code != ERROR && code != ABORT) {
        session->handler->message(session, code, &cursor, &elements);
    } else if (code == CHALLENGE) {
        on_challenge(session, &cursor, &elements);
    } else if (code == WELCOME) {
        session->joined = true;
        session->handler->joined(session);
    } else {
        char reason[256];
        describe(reason, sizeof reason, code, payload);
        session->handler->lost(session, reason);
    }
}

static void on_closed(struct connection *connection, const char *reason)
{
    struct session *session = connection->owner;
    session->connection = NULL;
    session->handler->lost(session, reason);
}

static void on_opened(struct connection *connection)
{
    send_hello(connection->owner);
}

static const struct connection_handler CONNECTION_HANDLER = {on_opened, on_message, on_closed};

void session_open(struct session *session, struct loop *loop, const struct target *target, enum wire wire,
                  const struct account *account, const struct session_handler *handler)
{
    session->wire = wire;
    session->account = account;
    session->handler = handler;
    session->joined = false;
    session->last_request = 0;
    session->connection = connection_open(loop, target, &CONNECTION_HANDLER, session);
}

void session_drop(struct session *session)
{
    if (session->connection != NULL)
        connection_drop(session->connection);
    session->connection = NULL;
}
