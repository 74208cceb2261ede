"""How `wampi call` logs in: with a code where the account asks for one, and what it says when that can not be."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.node import WAMPI, environment
from support.second_factor import Person
from support.store import PASSWORD
from support.terminal import Terminal
from support.web import WebHub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    running = WebHub(tmp_path_factory.mktemp("hub"))
    yield running
    running.close()


@pytest.fixture
def terminal(hub: WebHub, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """The command on a terminal, by somebody with a second factor, who types what the parameter says."""
    typed = request.param
    person = Person(hub, f"{typed or 'nobody'}-codes")
    answers = {f"Password of {person.name}: ": PASSWORD}
    if typed is not None:
        answers[f"Code of {person.name}: "] = person.code() if typed == "right" else "000000"
    line = shlex.join([*WAMPI, "call", "wamp.session.list", "--user", person.name, "--data", str(hub.node.data)])
    made = Terminal(line, tmp_path, environment(), answers)
    yield made
    made.close()


@pytest.mark.parametrize("terminal", ["right"], indirect=True)
def test_the_right_code_lets_in(terminal: Terminal) -> None:
    assert terminal.wait() == 0, terminal.shown
    assert json.loads(terminal.shown.splitlines()[-1])


@pytest.mark.parametrize("terminal", ["wrong"], indirect=True)
def test_a_wrong_code_is_refused_like_a_wrong_password(terminal: Terminal) -> None:
    assert terminal.wait() == 1
    assert terminal.shown.endswith("wampi call: wamp.error.not_authorized: The login was refused.\r\n")


@pytest.mark.parametrize("terminal", [None], indirect=True)
def test_ctrl_c_ends_the_question(terminal: Terminal) -> None:
    terminal.wait_for("Code of ")
    assert terminal.interrupt() == 1
    assert terminal.shown.endswith("wampi call: no code was given\r\n")


def test_without_a_terminal_nobody_is_asked_and_the_login_is_refused(hub: WebHub, tmp_path: Path) -> None:
    person, file = Person(hub, "script"), tmp_path / "password"
    file.touch(mode=0o600)
    file.write_text(f"{PASSWORD}\n")
    done = hub.node.run("call", "wamp.session.list", "--user", person.name, "--password-file", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "wampi call: wamp.error.not_authorized: The login was refused.\n"


def test_without_a_name_it_says_that_one_is_needed(hub: WebHub) -> None:
    refused = hub.node.run("call", "a.b").stderr
    assert refused.startswith("wampi call: wamp.error.no_matching_auth_method: ")
    assert refused.endswith("give --user NAME.\n")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        (
            "wss://localhost:PORT/elsewhere",
            "the path of the WebSocket stands in the hub's configuration, and is /ws in ",
        ),
        ("unix:/nowhere", "see that the hub runs, and where\n"),
    ],
)
def test_where_nobody_answers_it_says_what_to_look_at(hub: WebHub, url: str, advice: str) -> None:
    failed = hub.node.run("call", "a.b", "--url", url.replace("PORT", str(hub.port)))
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert advice in failed.stderr
