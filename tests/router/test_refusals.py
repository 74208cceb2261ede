"""Refused logins, by every way there is, on a real listener: nobody is told more than that he was refused.

For each way there is one login for each reason: an unknown name or key, a wrong secret, an account that is disabled,
one that the throttle has shut. The secrets are the right ones, but for the wrong one.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from support.every_way import ATTEMPTS, EveryWay, Reason, challenge, masked
from support.searching import found
from support.store import OTHER_PASSWORD, PASSWORD
from wampi.router.credentials import STRANGERS

WHY: dict[Reason, str] = {
    "unknown": "unknown account|nobody's|no such ticket|no method in common|the provider sent an error",
    "wrong": "wrong secret|unknown account|no such ticket|no method in common|Could not verify|for another client",
    "disabled": "the account is disabled|login that took the ticket is over|no method in common",
    "locked": "throttled, for inf s more",
}
"""What the log says; so each of these logins was refused for the reason that it stands for."""


@dataclass(frozen=True)
class Refused:
    """What came of the logins by one way: reason -> who it was, what was answered, and the lines of the log."""

    way: str
    source: str
    names: dict[Reason, str]
    answers: dict[Reason, bytes]
    lines: dict[Reason, list[str]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EveryWay]:
    running = EveryWay(tmp_path_factory.mktemp("hub"))
    yield running
    running.close()


@pytest.fixture(scope="module", params=ATTEMPTS)
def refused(hub: EveryWay, request: pytest.FixtureRequest) -> Refused:
    """The logins by one way, from an address of their own: the log has a limit for each."""
    attempt, reasons = ATTEMPTS[request.param]
    hub.forgive(list(ATTEMPTS).index(request.param))
    refused = Refused(request.param, hub.source or "", {}, {}, {})
    for reason in reasons:
        before, refused.names[reason] = len(hub.node.log), hub.name(reason)
        refused.answers[reason] = attempt(hub, reason)
        refused.lines[reason] = [line for line in hub.node.log[before:].splitlines() if "login refused" in line]
    return refused


def test_unknown_wrong_disabled_and_locked_are_refused_with_the_same_bytes(refused: Refused) -> None:
    assert {masked(answer) for answer in refused.answers.values()} == {masked(refused.answers["wrong"])}


def test_every_refusal_is_logged_with_who_from_where_by_which_method_and_why(refused: Refused) -> None:
    method = re.split(", ", refused.way)[0]
    names_nobody = refused.way in ("cookie", "bearer", "query", "cryptosign", "tls", "passkey", "oidc")
    for reason, lines in refused.lines.items():
        [line] = [line for line in lines if re.search(WHY[reason], line)]
        assert f"peer=tcp:{refused.source}:" in line
        assert re.search(rf"method={method}\b|reason='{method}: |offered were: {method}'", line)
        assert names_nobody or f"authid={refused.names[reason]}" in line


def test_whose_token_key_certificate_or_identity_was_refused_is_logged_when_the_hub_knows(hub: EveryWay) -> None:
    known = re.findall(r"authid=gone method=(\w+)", hub.node.log)
    assert {"bearer", "query", "passkey", "oidc"} <= set(known)


def test_no_secret_that_was_refused_is_in_the_log_at_any_level(hub: EveryWay) -> None:
    everything = hub.node.log + hub.every_line.read_text()
    assert everything.count("login refused") > 50
    keys = [key.private_bytes_raw().hex() for key in hub.keys.values()]
    cookies = [cookie for name, cookie in hub.cookies.items() if name in ("anna", "gone")]
    for secret in (PASSWORD, OTHER_PASSWORD, *hub.tokens.values(), *keys, *cookies):
        assert secret not in everything


def test_parallel_sockets_gain_nothing(hub: EveryWay) -> None:
    hub.forgive(92)
    before = len(hub.node.log)
    with ExitStack() as stack:
        clients = [stack.enter_context(hub.socket()) for _ in range(20)]
        for client in clients:
            assert client.hello(authid="otto", authmethods=["wampcra"])[0] == 4
        for client in clients:
            client.send(5, "a wrong signature", {})
        answers = {bytes(client.receive_bytes()) for client in clients}
    assert len(answers) == 1
    reasons = re.findall(r"authid=otto reason='wampcra: ([a-z]+)", hub.node.log[before:])
    assert len(reasons) == 20
    # Five are free; on a slow machine a pause of a second, and one of two, may end meanwhile.
    assert 5 <= reasons.count("wrong") <= 7
    assert reasons.count("wrong") + reasons.count("throttled") == 20


def test_who_has_a_key_gets_in_while_the_password_is_locked(hub: EveryWay) -> None:
    hub.forgive(90)
    with hub.accounts as accounts:
        assert accounts.standings.all()["lock"].failures == {STRANGERS: 60}
    assert b'"authid":"lock"' in ATTEMPTS["cryptosign"][0](hub, "locked")


def test_no_secret_of_a_login_stands_in_a_file_of_the_hub_and_all_files_are_for_its_owner_alone(hub: EveryWay) -> None:
    files = [path for path in hub.node.data.rglob("*") if path.is_file()]
    cookies = [cookie for name, cookie in hub.cookies.items() if name in ("anna", "gone")]
    tokens = [hub.tokens[name] for name in ("anna", "gone", "lock")]
    assert found([secret.encode() for secret in (PASSWORD, OTHER_PASSWORD, *cookies, *tokens)], files) == []
    public = {"ca.pem", "authority.pem"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files if path.name not in public}
    assert len(modes) > 3
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(hub.node.data.stat().st_mode) == 0o700


def test_an_unknown_name_has_the_same_salt_each_time_and_after_a_restart(hub: EveryWay) -> None:
    def salts() -> list[str]:
        names = [f"nobody{number}" for number in range(5)]
        return [challenge(hub, method, name)["salt"] for method in ("wampcra", "wamp-scram", "scram") for name in names]

    hub.forgive(91)
    before = salts()
    assert len(set(before)) >= 10
    assert salts() == before
    hub.restart()
    assert salts() == before
