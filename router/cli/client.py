"""``wampi call``, ``publish`` and ``subscribe``: a WAMP client for the shell.

Arguments are JSON, and so is what is printed, one line each. Bytes come out as JSON strings in the specification's form
(U+0000 and base64).
"""

import argparse
import getpass
import json
import os
import signal
import stat
import sys
from base64 import b64encode
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import add_data_option, count, file, json_value, keyword, pattern, seconds, uri
from .errors import USAGE, CommandError

if TYPE_CHECKING:
    from autobahn.twisted.wamp import ApplicationSession
    from autobahn.wamp.types import EventDetails
    from twisted.internet.defer import Deferred

    from .session import Action

_LONGEST_SECRET = 4096
_CONNECT_SECONDS = 15.0


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    _add_call(commands)
    _add_publish(commands)
    _add_subscribe(commands)


def _add_call(commands: Any) -> None:
    parser = _command(commands, "call", "call a procedure and print its result", run_call)
    parser.add_argument("uri", type=uri, metavar="PROCEDURE", help="such as wampi.lighting.porch.turn_on")
    _add_payload(parser)
    parser.add_argument("--timeout", type=seconds, default=30.0, metavar="SECONDS", help="for the result (default: 30)")


def _add_publish(commands: Any) -> None:
    parser = _command(commands, "publish", "publish an event; done when the router has taken it", run_publish)
    parser.add_argument("uri", type=uri, metavar="TOPIC")
    _add_payload(parser)
    parser.add_argument("--retain", action="store_true", help="keep it for those who subscribe later")


def _add_subscribe(commands: Any) -> None:
    parser = _command(commands, "subscribe", "print the events of a topic, one JSON object a line", run_subscribe)
    parser.add_argument("uri", type=pattern, metavar="TOPIC", help="such as wampi...state with --match wildcard")
    parser.add_argument("--match", choices=("exact", "prefix", "wildcard"), default="exact")
    parser.add_argument("--retained", action="store_true", help="begin with the last events that were retained")
    parser.add_argument("--count", type=count, metavar="N", help="end after so many events (default: at Ctrl-C)")


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog="Exit status: 0 it was done, 1 it failed (the error URI and its message are printed), 2 wrong usage.",
    )
    parser.add_argument("--url", help="wss://HOST:PORT/ws or unix:/PATH (default: the socket in the data directory)")
    parser.add_argument("--ca-file", type=file, metavar="FILE", help="the authority to trust (default: ca.pem there)")
    parser.add_argument("--realm", default="home", help="(default: home)")
    parser.add_argument("--user", metavar="NAME", help="log in as NAME; without it, anonymously")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-file", type=file, metavar="FILE", help="(default: ask on the terminal)")
    secret.add_argument("--key-file", type=file, metavar="FILE", help="the key of a device")
    add_data_option(parser)
    parser.set_defaults(run=run)
    return parser


def _add_payload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("args", type=json_value, nargs="*", metavar="JSON", help="positional arguments")
    parser.add_argument(
        "--kw", type=keyword, action="append", default=[], metavar="NAME=JSON", help="a keyword argument; repeatable"
    )


def run_call(options: argparse.Namespace) -> int:
    """Call, print the result."""

    def call(session: "ApplicationSession") -> "Deferred[None]":
        from autobahn.wamp.types import CallResult  # noqa: PLC0415
        from twisted.internet import reactor  # noqa: PLC0415

        def show(result: object) -> None:
            if isinstance(result, CallResult):
                _print({"args": result.results, "kwargs": result.kwresults or {}})
            else:
                _print(result)

        answer: Any = session.call(options.uri, *options.args, **_keywords(options))
        answer.addTimeout(options.timeout, reactor)
        answer.addCallback(show)
        done: Deferred[None] = answer
        return done

    return _run(options, call)


def run_publish(options: argparse.Namespace) -> int:
    """Publish, and wait for the acknowledgement."""

    def publish(session: "ApplicationSession") -> "Deferred[None]":
        from autobahn.wamp.types import PublishOptions  # noqa: PLC0415

        how = PublishOptions(acknowledge=True, retain=options.retain or None)
        done: Any = session.publish(options.uri, *options.args, options=how, **_keywords(options))
        published: Deferred[None] = done.addCallback(lambda _: None)
        return published

    return _run(options, publish)


def run_subscribe(options: argparse.Namespace) -> int:
    """Print events until there were enough, or Ctrl-C."""
    from ..core.uris import UriRules  # noqa: PLC0415

    if not UriRules().is_valid(options.uri, options.match):
        raise CommandError(f"{options.uri!a} is not valid with --match {options.match}", USAGE)

    def subscribe(session: "ApplicationSession") -> "Deferred[None]":
        from autobahn.wamp.types import SubscribeOptions  # noqa: PLC0415
        from twisted.internet.defer import Deferred  # noqa: PLC0415

        enough: Deferred[None] = Deferred()
        left = [options.count]

        def show(*args: object, details: "EventDetails", **kwargs: object) -> None:
            if left[0] == 0:
                return
            _print({"topic": details.topic or options.uri, "args": args, "kwargs": kwargs})
            if left[0] is not None:
                left[0] -= 1
                if left[0] == 0:
                    enough.callback(None)

        how = SubscribeOptions(match=options.match, details_arg="details", get_retained=options.retained or None)
        asked: Any = session.subscribe(show, options.uri, options=how)
        asked.addErrback(enough.errback)
        return enough

    return _run(options, subscribe, endless=options.count is None)


def _run(options: argparse.Namespace, action: "Action", endless: bool = False) -> int:
    from twisted.internet import reactor  # noqa: PLC0415

    from .session import CommandSession, Login, parse_address  # noqa: PLC0415

    ca_file = options.ca_file
    if ca_file is None:
        published = options.data / "ca.pem"
        ca_file = published if published.exists() else None
    url = f"unix:{options.data.absolute() / 'router.sock'}" if options.url is None else options.url
    address = parse_address(reactor, url, ca_file)
    ask_code = partial(_code, options.user) if sys.stdin.isatty() else None
    login = Login(options.realm, options.user, _secret(options) if options.user else "", ask_code)
    done = CommandSession(reactor, address, login, action).run(_CONNECT_SECONDS)
    return 0 if done or endless else 130


def _keywords(options: argparse.Namespace) -> dict[str, Any]:
    return dict(options.kw)


def _secret(options: argparse.Namespace) -> str:
    chosen: Path | None = options.password_file or options.key_file
    if chosen is not None:
        return _read_secret(chosen)
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask for the password: give --password-file or --key-file")
    try:
        return getpass.getpass(f"Password of {options.user}: ")
    except EOFError:
        print(file=sys.stderr)  # the line of the question has not ended
        raise CommandError("no password was given") from None


def _code(name: str) -> str | None:
    """Ask for a code. Ctrl-C ends the question: otherwise the reactor, which waits for it, would have the signal."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass(f"Code of {name}: ")
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        return None
    finally:
        signal.signal(signal.SIGINT, handler)


def _read_secret(path: Path) -> str:
    """Return the first line of a file that only its owner can read."""
    try:
        with path.open("rb") as secret:
            if stat.S_IMODE(os.fstat(secret.fileno()).st_mode) & 0o077:
                raise CommandError(f"{path} can be read by others: run chmod 600 {path}")
            return secret.readline(_LONGEST_SECRET).decode().rstrip("\r\n")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} holds no text") from None


def _print(value: object) -> None:
    print(json.dumps(_jsonable(value), ensure_ascii=False, separators=(", ", ": ")), flush=True)


def _jsonable(value: object) -> object:
    """Return a value with bytes in the form that JSON can carry (advanced profile, "Binary conversion of JSON")."""
    if isinstance(value, bytes):
        return "\0" + b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {str(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(inner) for inner in value]
    return value
