"""What is taken away is gone within a second: each cause, and whatever a session can hold, on a hub that runs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.live import LiveClient
from support.machine import Stopwatch
from support.store import OTHER_PASSWORD, PASSWORD
from support.waiting import PATIENCE_SECONDS
from support.wamp import (
    CALL,
    ERROR,
    EVENT,
    GOODBYE,
    INTERRUPT,
    INVOCATION,
    PUBLISH,
    PUBLISHED,
    REGISTER,
    REGISTERED,
    RESULT,
    SUBSCRIBE,
    SUBSCRIBED,
    WELCOME,
)
from support.web import COOKIE, WebHub, basic, bearer, web_configuration

BOX = "wampi.box.one"
LEVEL, FRAMES, WORK = f"{BOX}.level", f"{BOX}.frames", f"{BOX}.work"
FRAME = "x" * 40_000
HELPER: dict[str, Any] = {
    "name": "helper",
    "permissions": [
        {
            "uri": "wampi.box.",
            "match": "prefix",
            "allow": {"call": True, "register": True, "publish": True, "subscribe": True},
        }
    ],
}
"""A role that may hold everything there is; guests may hold what they are granted."""

NOT_AUTHORIZED = "wamp.error.not_authorized"
ROLES = {
    "publisher": {},
    "subscriber": {},
    "caller": {},
    "callee": {"features": {"call_canceling": True, "progressive_call_results": True}},
}


def configuration(helper: dict[str, Any]) -> dict[str, Any]:
    node = web_configuration()
    node["workers"][0]["realms"][0]["roles"].append(helper)
    return node


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    running = WebHub(tmp_path_factory.mktemp("hub"), configuration(HELPER))
    with running.accounts as accounts:
        running.token = accounts.tokens.add("otto", "tests").secret
    yield running
    running.close()


class LongPoll:
    """A session by long-poll; it asks for its next message before there is one."""

    def __init__(self, hub: WebHub, headers: dict[str, str]) -> None:
        self._hub = hub
        opened = hub.send_json("/lp/open", {"protocols": ["wamp.2.json"]}, headers=headers)
        assert opened.status == 200, opened.body
        self._path = f"/lp/{opened.json['transport']}"
        self._thread = ThreadPoolExecutor(1)
        self._next: Future[list[Any]] = self._thread.submit(self._fetch)
        self._requests = itertools.count(1)

    def hello(self, **details: Any) -> list[Any]:
        self.send(1, "home", {"roles": ROLES, **details})
        return self.receive()

    def send(self, *message: Any) -> None:
        self._hub.send_json(f"{self._path}/send", list(message))

    def receive(self) -> list[Any]:
        message = self._next.result(PATIENCE_SECONDS)
        self._next = self._thread.submit(self._fetch)
        return message

    def ask(self, kind: int, *rest: Any) -> list[Any]:
        self.send(kind, next(self._requests), *rest)
        return self.receive()

    def close(self) -> None:
        self._hub.ask("POST", f"{self._path}/close")
        self._thread.shutdown()

    def _fetch(self) -> list[Any]:
        while True:
            answer = self._hub.ask("POST", f"{self._path}/receive")
            if answer.status == 200:
                message: list[Any] = answer.json
                return message
            if answer.status != 204:
                raise ConnectionError(answer.status)


@dataclass
class Stage:
    """Somebody who is about to lose something, the owner who takes it away, and another session of the owner's."""

    hub: WebHub
    name: str
    stack: ExitStack
    is_longpoll: bool
    owner: LiveClient = field(init=False)
    other: LiveClient = field(init=False)
    victim: LiveClient | LongPoll = field(init=False)
    session: int = 0
    stays: bool = False
    since_answer: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        self.owner, self.other = (
            self.stack.enter_context(self.hub.socket(headers=bearer(self.hub.token), origin="")) for _ in range(2)
        )
        for client in (self.owner, self.other):
            assert client.hello(roles=ROLES)[0] == WELCOME

    def come_in(self, method: str, headers: dict[str, str]) -> None:
        """Let the victim log in."""
        if self.is_longpoll:
            polling = LongPoll(self.hub, headers)
            self.stack.callback(polling.close)
            self.victim = polling
        else:
            self.victim = self.stack.enter_context(self.hub.socket(headers=headers))
        welcome = self.victim.hello(authmethods=[method], roles=ROLES)
        assert (welcome[0], welcome[2]["authid"], welcome[2]["authmethod"]) == (WELCOME, self.name, method)
        self.session = welcome[1]

    def administer(self, operation: str, **arguments: Any) -> Any:
        """Have the owner do something, and wait until it is done."""
        answer = self.owner.ask(CALL, {}, f"wampi.admin.{operation}", [], arguments)
        assert answer[0] == RESULT, answer
        return answer[3][0] if answer[3] else None

    def is_told(self, *message: Any) -> None:
        """Wait until the other session gets a message that begins like this."""
        assert self.other.receive()[: len(message)] == list(message)
        assert self.since_answer.own_seconds() < 1.0

    def rest(self) -> list[list[Any]]:
        """All that the victim still gets: until its end, or, where its session stays, until a call is refused."""
        if self.stays:
            self.victim.send(CALL, 100, {}, WORK)
        messages: list[list[Any]] = []
        last = ERROR if self.stays else GOODBYE
        while not messages or messages[-1][0] != last or (self.stays and messages[-1][2] != 100):
            messages.append(self.victim.receive())
        assert self.since_answer.own_seconds() < 1.0
        reason = messages[-1][4 if self.stays else 2]
        assert reason in ((NOT_AUTHORIZED,) if self.stays else ("wampi.close.revoked", "wamp.close.killed"))
        return messages[:-1]


# ---- causes: the victim comes in, and something is taken away at the second step ------------------------------------

Steps = Generator[None, None, None]


def by_cookie(stage: Stage, role: str = "helper") -> str:
    """Make the account of the victim, and let it come in by a cookie; return the cookie."""
    with stage.hub.accounts as accounts:
        accounts.add_person(stage.name, role, PASSWORD)
    cookie = stage.hub.log_in(stage.name)
    stage.come_in("cookie", {"Cookie": f"{COOKIE}={cookie}"})
    return cookie


def logout(stage: Stage) -> Steps:
    cookie = by_cookie(stage)
    yield
    assert stage.hub.send_json("/auth/logout", {}, cookies={COOKIE: cookie}).status == 200


def disabled_account(stage: Stage) -> Steps:
    by_cookie(stage)
    yield
    stage.administer("user.disable", name=stage.name)


def removed_account(stage: Stage) -> Steps:
    by_cookie(stage)
    yield
    stage.administer("user.remove", name=stage.name)


def changed_password(stage: Stage) -> Steps:
    with stage.hub.accounts as accounts:
        accounts.add_person(stage.name, "helper", PASSWORD)
    stage.come_in("basic", basic(stage.name, PASSWORD))
    yield
    stage.administer("user.passwd", name=stage.name, password=OTHER_PASSWORD)


def revoked_token(stage: Stage) -> Steps:
    with stage.hub.accounts as accounts:
        accounts.add_person(stage.name, "helper", PASSWORD)
        token = accounts.tokens.add(stage.name, "tests")
    stage.come_in("bearer", bearer(token.secret))
    yield
    stage.administer("token.revoke", number=token.token.id)


def another_role(stage: Stage) -> Steps:
    by_cookie(stage)
    yield
    stage.administer("user.role", name=stage.name, role="guest")


def kick(stage: Stage) -> Steps:
    by_cookie(stage)
    yield
    stage.administer("session.kick", session=stage.session)


def rules_of_the_role(stage: Stage) -> Steps:
    by_cookie(stage)
    stage.stays = True
    yield
    file = stage.hub.node.configuration
    before = file.read_text()
    file.write_text(json.dumps(configuration(HELPER | {"permissions": []})))
    stage.administer("role.reload")

    def undo() -> None:
        file.write_text(before)
        stage.administer("role.reload")

    stage.stack.callback(undo)


def revoked_grant(stage: Stage) -> Steps:
    by_cookie(stage, "guest")
    grant = stage.administer("grant.add", name=stage.name, prefix=BOX)["id"]
    stage.stays = True
    yield
    stage.administer("grant.revoke", grant=grant)


# ---- holds: the victim takes something, and has it no more at the second step ---------------------------------------


def idle_session(stage: Stage) -> Steps:
    yield
    assert stage.rest() == []


def subscription(stage: Stage) -> Steps:
    assert stage.victim.ask(SUBSCRIBE, {}, LEVEL)[0] == SUBSCRIBED
    stage.other.ask(PUBLISH, {"acknowledge": True}, LEVEL, ["early"])
    assert stage.victim.receive()[0] == EVENT
    yield
    assert stage.other.ask(PUBLISH, {"acknowledge": True}, LEVEL, ["late"])[0] == PUBLISHED
    assert stage.rest() == []


def pattern_subscription(stage: Stage) -> Steps:
    assert stage.victim.ask(SUBSCRIBE, {"match": "prefix"}, f"{BOX}.")[0] == SUBSCRIBED
    yield
    assert stage.other.ask(PUBLISH, {"acknowledge": True}, LEVEL, ["late"])[0] == PUBLISHED
    assert stage.rest() == []


def call_that_it_waits_for(stage: Stage) -> Steps:
    assert stage.other.ask(REGISTER, {}, WORK)[0] == REGISTERED
    stage.victim.send(CALL, 90, {}, WORK)
    invocation = stage.other.receive()
    assert invocation[0] == INVOCATION
    yield
    stage.is_told(INTERRUPT, invocation[1])
    ended = stage.rest()
    assert ended == ([[ERROR, CALL, 90, {}, NOT_AUTHORIZED, *ended[0][5:]]] if stage.stays else [])


def call_that_it_answers(stage: Stage) -> Steps:
    assert stage.victim.ask(REGISTER, {}, WORK)[0] == REGISTERED
    stage.other.send(CALL, 1000, {}, WORK)
    assert stage.victim.receive()[0] == INVOCATION
    yield
    stage.is_told(ERROR, CALL, 1000)
    assert stage.other.ask(CALL, {}, WORK)[4] == "wamp.error.no_such_procedure"
    assert [message[0] for message in stage.rest()] in ([], [INTERRUPT])


def video(stage: Stage) -> Steps:
    assert stage.victim.ask(SUBSCRIBE, {"_outbox": "latest"}, FRAMES)[0] == SUBSCRIBED
    for _ in range(5):
        stage.other.ask(PUBLISH, {"acknowledge": True}, FRAMES, ["early", FRAME])
    yield
    for _ in range(5):
        assert stage.other.ask(PUBLISH, {"acknowledge": True}, FRAMES, ["late", FRAME])[0] == PUBLISHED
    frames = stage.rest()
    assert {frame[4][0] for frame in frames if frame[0] == EVENT} <= {"early"}


def video_that_it_does_not_read(stage: Stage) -> Steps:
    assert stage.victim.ask(SUBSCRIBE, {"_outbox": "latest"}, FRAMES)[0] == SUBSCRIBED
    for _ in range(20):
        stage.other.ask(PUBLISH, {"acknowledge": True}, FRAMES, ["early", FRAME])
    yield
    if not stage.stays:
        # It answers nothing, either: that the connection ends all the same is what is left to be seen here.
        with pytest.raises(ConnectionError):
            while True:
                stage.victim.receive()


CAUSES: list[Callable[[Stage], Steps]] = [
    logout,
    disabled_account,
    removed_account,
    changed_password,
    revoked_token,
    another_role,
    kick,
    rules_of_the_role,
    revoked_grant,
]
HOLDS: list[Callable[[Stage], Steps]] = [
    idle_session,
    subscription,
    pattern_subscription,
    call_that_it_waits_for,
    call_that_it_answers,
    video,
    video_that_it_does_not_read,
]
NUMBERS = itertools.count(1)


def play(hub: WebHub, cause: Callable[[Stage], Steps], hold: Callable[[Stage], Steps], is_longpoll: bool) -> None:
    with ExitStack() as stack:
        stage = Stage(hub, f"victim{next(NUMBERS)}", stack, is_longpoll)
        taking_away = cause(stage)
        next(taking_away)
        holding = hold(stage)
        next(holding)
        with pytest.raises(StopIteration):
            next(taking_away)
        stage.since_answer = Stopwatch(hub.node.pid)
        with pytest.raises(StopIteration):
            next(holding)


# A grant lets nobody answer calls.
@pytest.mark.parametrize(
    ("cause", "hold"),
    [
        pytest.param(cause, hold, id=f"{cause.__name__}-{hold.__name__}")
        for cause in CAUSES
        for hold in HOLDS
        if (cause, hold) != (revoked_grant, call_that_it_answers)
    ],
)
def test_within_a_second_of_the_cause_the_hold_is_gone(
    hub: WebHub, cause: Callable[[Stage], Steps], hold: Callable[[Stage], Steps]
) -> None:
    play(hub, cause, hold, is_longpoll=False)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
@pytest.mark.parametrize("hold", [idle_session, subscription], ids=lambda hold: hold.__name__)
def test_so_it_is_for_who_waits_in_a_long_poll(
    hub: WebHub, cause: Callable[[Stage], Steps], hold: Callable[[Stage], Steps]
) -> None:
    play(hub, cause, hold, is_longpoll=True)
