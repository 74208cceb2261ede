"""`wampi call`, `publish` and `subscribe` against a node."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from support.node import WAMPI, RunningNode, environment, router_configuration, wampi
from support.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    configuration = router_configuration()
    anybody = configuration["workers"][0]["realms"][0]["roles"][0]
    anybody["permissions"].append({"uri": "forbidden.", "match": "prefix"})
    with RunningNode(tmp_path_factory.mktemp("node"), configuration) as node:
        yield node.start()


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A command that runs beside the test, and does not outlive it."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment()
    )
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_result_is_one_line_of_json(node: RunningNode) -> None:
    done = node.run("call", "wamp.session.list")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert len(json.loads(done.stdout)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("call", "no.such.procedure"), "wampi call: wamp.error.no_such_procedure: "),
        (("call", "forbidden.thing"), "wampi call: wamp.error.not_authorized: "),
        (("call", "wamp.session.get", '"text"'), "wampi call: wamp.error.invalid_argument: "),
        (("call", "wamp.session.get", "--kw", "sesion=1"), "wampi call: wamp.error.invalid_argument: "),
        (("call", "a", "--realm", "nowhere"), "wampi call: wamp.error.no_such_realm: "),
        (("call", "a", "--realm", "no where"), "wampi call: wamp.error.invalid_uri: "),
        (("call", "a", "--user", "joe", "--key-file", "KEY"), "wampi call: wamp.error.no_matching_auth_method: "),
        (("call", "a", "--user", "joe"), "wampi call: there is no terminal to ask for the password"),
        (("call", "a", "--user", "joe", "--password-file", "/none"), "wampi call: /none: No such file or directory"),
        (("call", "a", "--url", "unix:/none"), "wampi call: no connection to unix:/none: "),
        (("call", "a", "--url", "ws://127.0.0.1:1"), "wampi call: no connection to ws://127.0.0.1:1: "),
        (("call", "a", "--url", "wss://127.0.0.1:1", "--ca-file", "/none"), "wampi call: the certificate file /none"),
        (("publish", "wamp.mine"), "wampi publish: wamp.error.invalid_uri: "),
        (("publish", "forbidden.thing"), "wampi publish: wamp.error.not_authorized: "),
        (("subscribe", "forbidden.thing"), "wampi subscribe: wamp.error.not_authorized: "),
    ],
)
def test_a_failure_is_one_line_and_status_1(
    node: RunningNode, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("secret-of-nobody")
    failed = node.run(*(str(key) if word == "KEY" else word for word in arguments))
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith(said)
    assert failed.stderr.count("\n") == 1
    assert "secret-of-nobody" not in failed.stderr


@pytest.mark.parametrize("url", ["http://x", "wss://", "wss://x:99999", "nonsense", "ws://hub.example", "", "wss://[x"])
def test_an_address_that_makes_no_sense_is_wrong_usage(node: RunningNode, url: str) -> None:
    failed = node.run("call", "a", f"--url={url}")
    assert failed.returncode == 2
    assert failed.stderr.startswith("wampi call: ")
    assert failed.stderr.count("\n") == 1


def test_a_pattern_that_is_not_one_of_its_kind_is_wrong_usage(node: RunningNode) -> None:
    failed = node.run("subscribe", "a..b")
    assert (failed.returncode, failed.stderr) == (2, "wampi subscribe: 'a..b' is not valid with --match exact\n")


def test_a_secret_that_others_can_read_is_refused(node: RunningNode, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    failed = node.run("call", "a", "--user", "joe", "--password-file", str(secret))
    assert failed.returncode == 1
    assert failed.stderr == f"wampi call: {secret} can be read by others: run chmod 600 {secret}\n"


def test_what_is_published_is_what_subscribers_print(node: RunningNode) -> None:
    known = node.log.count("session joined")
    command = [*WAMPI, "subscribe", "org.example", "--match", "prefix", "--count", "2", "--data", str(node.data)]
    with started(command) as subscriber:
        node.wait_for("session joined", times=known + 1)
        retained = ("--retain", '{"a": [1, 2.5, null, "ü"]}', "true", "--kw", 'name="porch"')
        while subscriber.poll() is None:  # the subscription may come a moment after the session
            assert node.run("publish", "org.example.topic", *retained).returncode == 0
        lines = subscriber.communicate()[0].splitlines()
    expected = {"topic": "org.example.topic", "args": [{"a": [1, 2.5, None, "ü"]}, True], "kwargs": {"name": "porch"}}
    assert [json.loads(line) for line in lines] == [expected, expected]
    late = node.run("subscribe", "org.example.topic", "--retained", "--count", "1")
    assert json.loads(late.stdout) == expected


def test_a_reader_that_goes_away_is_no_traceback(node: RunningNode) -> None:
    command = f"{' '.join(WAMPI)} subscribe org.example.pipe --retained --data {node.data} | head -1"
    node.run("publish", "org.example.pipe", "--retain")
    known = node.log.count("session joined")
    with started(["sh", "-c", command]) as pipe:
        node.wait_for("session joined", times=known + 1)
        while pipe.poll() is None:
            node.run("publish", "org.example.pipe")
        printed, errors = pipe.communicate()
    assert printed.count("\n") == 1
    assert "Traceback" not in errors


def test_ctrl_c_ends_a_subscription_with_status_0(node: RunningNode) -> None:
    known = node.log.count("session joined")
    command = [*WAMPI, "subscribe", "a", "--data", str(node.data)]
    with started(command) as subscriber:
        node.wait_for("session joined", times=known + 1)
        subscriber.send_signal(signal.SIGINT)
        assert subscriber.wait(PATIENCE_SECONDS) == 0


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from wampi.router.cli import make_parser; make_parser().format_help();"
        "print([name for name in ('twisted', 'autobahn', 'sqlalchemy', 'msgspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("command", "arguments"), [("up", ()), ("user list", ()), ("token add", ("anna",)), ("call", ("com.example.add",))]
)
def test_an_argument_too_many_is_refused_by_the_command_that_does_not_know_it(
    command: str, arguments: tuple[str, ...]
) -> None:
    done = wampi(*command.split(), *arguments, "--with", "more")
    assert done.returncode == 2
    assert done.stderr == f"wampi {command}: unrecognized arguments: --with more; see wampi {command} --help\n"


def test_the_help_of_the_whole_names_every_command() -> None:
    shown = wampi("--help").stdout
    listed = re.findall(r"^    (\w+)", shown.partition("commands:")[2], re.MULTILINE)
    assert listed == [
        "up",
        "check",
        "user",
        "device",
        "token",
        "key",
        "passkey",
        "identity",
        "grant",
        "role",
        "session",
        "audit",
        "ca",
        "call",
        "publish",
        "subscribe",
    ]
