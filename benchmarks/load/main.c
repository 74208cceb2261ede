/* The load generator: WAMP clients in one process, cheap enough that the router is what is measured.
 *
 *     load calls|events|logins|idle --port PORT [options]
 *
 * It prints one line of JSON (see measurement.c) and ends with 0; anything a router does wrong ends it with one line
 * on standard error and 1. The router's certificate is not checked.
 */
#include "scenario.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char USAGE[] =
    "usage: load calls|events|logins|idle --port PORT [options]\n"
    "  --host ADDRESS        IPv4 address of the router (127.0.0.1)\n"
    "  --path PATH           path of the WebSocket (/ws)\n"
    "  --tls                 speak TLS\n"
    "  --serializer NAME     json, msgpack or cbor (json)\n"
    "  --realm NAME          (bench)\n"
    "  --authid NAME         log in with WAMP-CRA; the secret comes from the variable LOAD_SECRET\n"
    "  --uri URI             procedure or topic (bench.load)\n"
    "  --in-flight NUMBER    calls, publishes or logins under way (1)\n"
    "  --sessions NUMBER     subscribers or idle sessions (20)\n"
    "  --subscriptions NUMBER  of all in the realm: the subscribers' patterns, the rest held by others (0: one topic)\n"
    "  --payload BYTES       size of the argument (100)\n"
    "  --binary              the argument is a byte string (JSON: text)\n"
    "  --warmup SECONDS      (0.3)\n"
    "  --seconds SECONDS     (1)\n"
    "  --watch PID           add this process to the router's CPU time; may be given again\n";

static const struct option OPTIONS[] = {
    {"host", required_argument, NULL, 'h'},       {"path", required_argument, NULL, 'P'},
    {"port", required_argument, NULL, 'p'},       {"tls", no_argument, NULL, 't'},
    {"serializer", required_argument, NULL, 's'}, {"realm", required_argument, NULL, 'r'},
    {"authid", required_argument, NULL, 'a'},     {"uri", required_argument, NULL, 'u'},
    {"in-flight", required_argument, NULL, 'n'},  {"sessions", required_argument, NULL, 'm'},
    {"subscriptions", required_argument, NULL, 'S'},
    {"payload", required_argument, NULL, 'b'},    {"binary", no_argument, NULL, 'B'},
    {"warmup", required_argument, NULL, 'w'},     {"seconds", required_argument, NULL, 'd'},
    {"watch", required_argument, NULL, 'W'},      {NULL, 0, NULL, 0},
};

static unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > 1u << 30)
        fail("%s is not a number", text);
    return (unsigned)value;
}

static double duration(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= 0 && value <= 86400))
        fail("%s is not a number of seconds", text);
    return value;
}

static void watch(struct measurement *measurement, const char *text)
{
    if (measurement->watched_count == WATCHED_MAX)
        fail("at most %d processes can be watched", WATCHED_MAX);
    measurement->watched[measurement->watched_count++] = (pid_t)number(text);
}

static void take_option(struct bench *bench, int option, const char *value)
{
    struct options *options = &bench->options;
    switch (option) {
    case 'h': options->target.host = value; break;
    case 'P': options->target.path = value; break;
    case 'p': options->target.port = number(value); break;
    case 't': options->target.tls = make_tls(); break;
    case 's': options->wire = wire_named(value); break;
    case 'r': options->account.realm = value; break;
    case 'a': options->account.authid = value; break;
    case 'u': options->uri = value; break;
    case 'n': options->in_flight = number(value); break;
    case 'm': options->sessions = number(value); break;
    case 'S': options->subscriptions = number(value); break;
    case 'b': options->payload_bytes = number(value); break;
    case 'B': options->payload_is_binary = true; break;
    case 'w': options->warmup_seconds = duration(value); break;
    case 'd': options->seconds = duration(value); break;
    case 'W': watch(&bench->measurement, value); break;
    default: fputs(USAGE, stderr); exit(2);
    }
}

static void (*scenario_named(const char *name))(struct bench *)
{
    static const struct { const char *name; void (*run)(struct bench *); } scenarios[] = {
        {"calls", run_calls}, {"events", run_events}, {"logins", run_logins}, {"idle", run_idle},
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(name, scenarios[i].name) == 0)
            return scenarios[i].run;
    fputs(USAGE, stderr);
    exit(2);
}

static void check(struct options *options)
{
    if (options->target.port < 1 || options->target.port > 65535)
        fail("say --port, 1 to 65535");
    if (options->in_flight < 1 || options->sessions < 1)
        fail("--in-flight and --sessions start at 1");
    options->account.secret = getenv("LOAD_SECRET");
    if (options->account.authid != NULL && options->account.secret == NULL)
        fail("--authid needs the secret in the variable LOAD_SECRET");
    options->target.subprotocol = wire_subprotocol(options->wire);
    options->target.binary = options->wire != JSON;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **values)
{
    static struct bench bench = {
        .options = {.target = {.host = "127.0.0.1", .path = "/ws"}, .account = {.realm = "bench"}, .uri = "bench.load",
                    .in_flight = 1, .sessions = 20, .payload_bytes = 100, .warmup_seconds = 0.3, .seconds = 1},
    };
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    for (int option; (option = getopt_long(count, values, "", OPTIONS, NULL)) != -1;)
        take_option(&bench, option, optarg);
    if (optind != count - 1) {
        fputs(USAGE, stderr);
        return 2;
    }
    void (*run)(struct bench *) = scenario_named(values[optind]);
    check(&bench.options);
    raise_descriptor_limit();
    loop_open(&bench.loop);
    run(&bench);
    return 0;
}
