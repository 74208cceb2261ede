#include "connection.h"

#include "websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, EVENTS = 256 };

SSL_CTX *make_tls(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL)
        fail("OpenSSL has no TLS client");
    SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL); /* the router is ours, its certificate made for this run */
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(tls, 1);
    SSL_CTX_set_default_read_buffer_len(tls, 64 * 1024);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return tls;
}

void loop_open(struct loop *loop)
{
    *loop = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->epoll < 0)
        fail("epoll: %s", strerror(errno));
}

static void watch(struct connection *connection, int operation, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = connection};
    if (epoll_ctl(connection->loop->epoll, operation, connection->fd, &event) < 0)
        fail("epoll: %s", strerror(errno));
    connection->wants_write = write;
}

struct connection *connection_open(struct loop *loop, const struct target *target,
                                   const struct connection_handler *handler, void *owner)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        fail("out of memory");
    *connection = (struct connection){.handler = handler, .owner = owner, .loop = loop, .binary = target->binary};
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        fail("socket: %s", strerror(errno));
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)target->port)};
    if (inet_pton(AF_INET, target->host, &address.sin_addr) != 1)
        fail("%s is not an IPv4 address", target->host);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect: %s", strerror(errno));
    if (target->tls != NULL) {
        connection->ssl = SSL_new(target->tls);
        SSL_set_fd(connection->ssl, connection->fd);
        SSL_set_connect_state(connection->ssl);
    }
    websocket_request(&connection->unsent, target->host, target->port, target->path, target->subprotocol);
    watch(connection, EPOLL_CTL_ADD, true);
    return connection;
}

void connection_drop(struct connection *connection)
{
    if (connection->state == CLOSED)
        return;
    connection->state = CLOSED;
    if (connection->ssl != NULL)
        SSL_free(connection->ssl);
    close(connection->fd);
    if (!connection->unflushed) { /* else the flush moves it */
        connection->next = connection->loop->closed;
        connection->loop->closed = connection;
    }
}

static void broken(struct connection *connection, const char *reason)
{
    if (connection->state == CLOSED)
        return;
    connection_drop(connection);
    connection->handler->closed(connection, reason);
}

/* Read what is there: the number of bytes, 0 when nothing is there now, -1 when the connection is over. */
static ssize_t receive(struct connection *connection, uint8_t *bytes, size_t size)
{
    if (connection->ssl == NULL) {
        ssize_t got = recv(connection->fd, bytes, size, 0);
        if (got > 0)
            return got;
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    size_t total = 0, got;
    while (total < size && SSL_read_ex(connection->ssl, bytes + total, size - total, &got) == 1)
        total += got;
    if (total > 0)
        return (ssize_t)total;
    int error = SSL_get_error(connection->ssl, 0);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* Write what fits: the number of bytes, 0 when nothing fits now, -1 when the connection is over. */
static ssize_t transmit(struct connection *connection, const uint8_t *bytes, size_t size)
{
    if (connection->ssl == NULL) {
        ssize_t put = send(connection->fd, bytes, size, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    size_t put;
    if (SSL_write_ex(connection->ssl, bytes, size, &put) == 1)
        return (ssize_t)put;
    int error = SSL_get_error(connection->ssl, 0);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void flush(struct connection *connection)
{
    struct buffer *unsent = &connection->unsent;
    while (buffer_size(unsent) > 0) {
        ssize_t put = transmit(connection, unsent->bytes + unsent->start, buffer_size(unsent));
        if (put < 0) {
            broken(connection, "the router closed the connection");
            return;
        }
        if (put == 0)
            break;
        unsent->start += (size_t)put;
        connection->loop->sent_bytes += (uint64_t)put;
    }
    bool write = buffer_size(unsent) > 0;
    if (write != connection->wants_write)
        watch(connection, EPOLL_CTL_MOD, write);
}

static void gather(struct connection *connection)
{
    if (connection->unflushed || connection->state == CLOSED)
        return;
    connection->unflushed = true;
    connection->next = connection->loop->unflushed;
    connection->loop->unflushed = connection;
}

void connection_send(struct connection *connection, struct slice payload)
{
    websocket_frame(&connection->unsent, connection->binary ? BINARY : TEXT, payload);
    gather(connection);
}

static void handle_frame(struct connection *connection, struct frame frame)
{
    if (frame.opcode == TEXT || frame.opcode == BINARY) {
        connection->handler->message(connection, frame.payload);
    } else if (frame.opcode == PING) {
        websocket_frame(&connection->unsent, PONG, frame.payload);
        gather(connection);
    } else if (frame.opcode == CLOSE) {
        char reason[160] = "the router closed the WebSocket";
        if (frame.payload.size > 2)
            snprintf(reason, sizeof reason, "the router closed the WebSocket: %.*s", (int)frame.payload.size - 2,
                     (const char *)frame.payload.at + 2);
        broken(connection, reason);
    }
}

static void handle_received(struct connection *connection)
{
    if (connection->state == UPGRADING && websocket_response(&connection->received)) {
        connection->state = OPEN;
        connection->handler->opened(connection);
    }
    struct frame frame;
    while (connection->state == OPEN && websocket_take(&connection->received, &frame))
        handle_frame(connection, frame);
}

static void shake_hands(struct connection *connection)
{
    if (connection->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            broken(connection, strerror(error));
            return;
        }
        connection->state = connection->ssl == NULL ? UPGRADING : TLS_HANDSHAKE;
    }
    if (connection->state == TLS_HANDSHAKE) {
        int done = SSL_do_handshake(connection->ssl);
        if (done != 1) {
            int error = SSL_get_error(connection->ssl, done);
            ERR_clear_error();
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
                broken(connection, "the TLS handshake failed");
            else if (connection->wants_write != (error == SSL_ERROR_WANT_WRITE))
                watch(connection, EPOLL_CTL_MOD, error == SSL_ERROR_WANT_WRITE);
            return;
        }
        connection->state = UPGRADING;
    }
    flush(connection);
}

static ssize_t read_once(struct connection *connection)
{
    uint8_t *space = buffer_reserve(&connection->received, READ_BYTES);
    ssize_t got = receive(connection, space, READ_BYTES);
    if (got < 0) {
        broken(connection, "the router closed the connection");
        return got;
    }
    connection->loop->read_at_ns = now_ns();
    connection->loop->received_bytes += (uint64_t)got;
    connection->received.end += (size_t)got;
    handle_received(connection);
    return got;
}

/* A connection with nothing half read borrows the loop's buffer: ten thousand idle ones need none of their own. */
static void handle_readable(struct connection *connection)
{
    struct buffer *received = &connection->received, *spare = &connection->loop->spare;
    if (received->capacity == 0) {
        *received = *spare;
        *spare = (struct buffer){0};
    }
    ssize_t got;
    do
        got = read_once(connection);
    while (got > 0 && connection->state != CLOSED && connection->ssl != NULL && SSL_has_pending(connection->ssl));
    if (buffer_size(received) > 0 || spare->capacity > 0)
        return;
    *spare = *received;
    *received = (struct buffer){0};
}

static void handle_events(struct connection *connection, uint32_t events)
{
    if (connection->state == CONNECTING || connection->state == TLS_HANDSHAKE)
        shake_hands(connection);
    else if (connection->state != CLOSED && (events & EPOLLOUT) != 0)
        flush(connection);
    if ((connection->state == UPGRADING || connection->state == OPEN) && (events & ~(uint32_t)EPOLLOUT) != 0)
        handle_readable(connection);
}

static void flush_all(struct loop *loop)
{
    while (loop->unflushed != NULL) {
        struct connection *connection = loop->unflushed;
        loop->unflushed = connection->next;
        connection->unflushed = false;
        if (connection->state == CLOSED) {
            connection->next = loop->closed;
            loop->closed = connection;
        } else {
            flush(connection);
        }
    }
}

static void free_closed(struct loop *loop)
{
    while (loop->closed != NULL) {
        struct connection *connection = loop->closed;
        loop->closed = connection->next;
        buffer_free(&connection->received);
        buffer_free(&connection->unsent);
        free(connection);
    }
}

void loop_turn(struct loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    flush_all(loop); /* what was sent before the turn */
    int ready = epoll_wait(loop->epoll, events, EVENTS, timeout_ms);
    if (ready < 0 && errno != EINTR)
        fail("epoll: %s", strerror(errno));
    for (int i = 0; i < ready; i++)
        handle_events(events[i].data.ptr, events[i].events);
    flush_all(loop);
    free_closed(loop);
}
