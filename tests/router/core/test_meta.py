"""The session meta API (advanced profile, "Session Meta API"), and what all meta procedures have in common."""

from typing import Any

import pytest
from support.core import EVERYTHING, FakeRouter
from support.wamp import ABORT, CALL, EVENT, GOODBYE, RESULT, SUBSCRIBE, WELCOME
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.meta import PROCEDURES
from wampi.router.core.ports import TransportDetails

ADMIN = Role("admin", EVERYTHING.permissions)
META = "wamp.session."


@pytest.fixture
def house() -> FakeRouter:
    return FakeRouter([EVERYTHING, ADMIN])


# ---- counting and listing --------------------------------------------------------------------------------------


def test_sessions_are_counted_and_listed_all_or_by_role(house: FakeRouter, serializer: str) -> None:
    one, other, admin = house.client(serializer), house.client(), house.client(role="admin")
    assert one.result(META + "count") == 3
    assert one.result(META + "list") == [one.session, other.session, admin.session]
    assert one.result(META + "count", ["admin"]) == 1
    assert one.result(META + "list", ["admin"]) == [admin.session]
    assert one.result(META + "list", ["admin", "everything"]) == [one.session, other.session, admin.session]
    assert one.result(META + "count", filter_authroles=["nobody"]) == 0


def test_an_empty_list_of_roles_filters_everything_out(house: FakeRouter) -> None:
    client = house.client()
    assert client.result(META + "count", []) == 0
    assert client.result(META + "list", []) == []


@pytest.mark.parametrize("args", [["admin"], [[1]], [{"a": 1}], [["admin"], 1]])
def test_a_filter_that_is_no_list_of_roles_is_an_error(house: FakeRouter, args: list[Any]) -> None:
    assert house.client().error(CALL, {}, META + "count", args) == "wamp.error.invalid_argument"


def test_get_describes_a_session(house: FakeRouter, serializer: str) -> None:
    details = TransportDetails("websocket", "tcp:192.0.2.7:51234", "192.0.2.7", secure=True, cookie="secret")
    other = house.attach(details=details)
    other.join(authid="ann")
    assert house.client(serializer).result(META + "get", other.session) == {
        "session": other.session,
        "authid": "ann",
        "authrole": "everything",
        "authmethod": "anonymous",
        "authprovider": "static",
        "transport": {"type": "websocket", "peer": "tcp:192.0.2.7:51234"},
    }


@pytest.mark.parametrize("procedure", ["get", "kill"])
def test_a_session_that_does_not_exist_is_an_error(house: FakeRouter, procedure: str) -> None:
    client, gone = house.client(), house.client()
    gone.leave()
    for unknown in (gone.session, 0, -1, 2**63):
        assert client.error(CALL, {}, META + procedure, [unknown]) == "wamp.error.no_such_session"


# ---- killing ---------------------------------------------------------------------------------------------------


def test_kill_says_goodbye_to_the_session_and_ends_it(house: FakeRouter) -> None:
    killer, victim = house.client(), house.client()
    assert killer.result(META + "kill", victim.session) is None
    assert victim.take() == [[GOODBYE, {}, "wamp.close.killed"]]
    assert list(house.realm.sessions) == [killer.session]


def test_kill_passes_on_reason_and_message(house: FakeRouter) -> None:
    killer, victim = house.client(), house.client()
    killer.result(META + "kill", victim.session, reason="com.because", message="enough")
    assert victim.take() == [[GOODBYE, {"message": "enough"}, "com.because"]]


def test_nobody_kills_itself_or_a_session_of_another_realm(house: FakeRouter) -> None:
    house.router.add_realm("garden", [EVERYTHING])
    killer, far = house.client(), house.attach()
    far.join("garden")
    for session in (killer.session, far.session):
        assert killer.error(CALL, {}, META + "kill", [session]) == "wamp.error.no_such_session"
    assert far.take() == []


@pytest.mark.parametrize("args", [("kill", 1), ("kill_by_authid", "ann"), ("kill_by_authrole", "x"), ("kill_all",)])
def test_a_reason_that_is_no_uri_is_an_error_and_nobody_dies(house: FakeRouter, args: tuple[Any, ...]) -> None:
    killer, victim = house.client(), house.client(authid="ann")
    procedure, *who = args
    if procedure == "kill":
        who = [victim.session]
    for reason in ("not a uri", "", "a..b", 5, None, ["com.because"]):
        assert killer.error(CALL, {}, META + procedure, who, {"reason": reason}) == "wamp.error.invalid_uri"
    assert victim.take() == []


def test_kill_by_authid_returns_the_ids_of_all_but_the_caller(house: FakeRouter) -> None:
    killer = house.client(authid="ann")
    ann1, ann2, bob = house.client(authid="ann"), house.client(authid="ann"), house.client(authid="bob")
    assert killer.result(META + "kill_by_authid", "ann", message="bye") == [ann1.session, ann2.session]
    for victim in (ann1, ann2):
        assert victim.take() == [[GOODBYE, {"message": "bye"}, "wamp.close.killed"]]
    assert bob.take() == []
    assert killer.result(META + "kill_by_authid", "ann") == []


def test_kill_by_authrole_returns_how_many_but_the_caller(house: FakeRouter) -> None:
    killer = house.client(role="admin")
    admin, other = house.client(role="admin"), house.client()
    assert killer.result(META + "kill_by_authrole", "admin", reason="com.because") == 1
    assert admin.take() == [[GOODBYE, {}, "com.because"]]
    assert other.take() == []


def test_kill_all_returns_how_many_but_the_caller(house: FakeRouter) -> None:
    killer, others = house.client(), [house.client() for _ in range(3)]
    assert killer.result(META + "kill_all") == 3
    for victim in others:
        assert victim.take() == [[GOODBYE, {}, "wamp.close.killed"]]
    assert killer.result(META + "count") == 1


def test_kill_all_makes_no_news_of_those_who_leave(house: FakeRouter) -> None:
    killer, others = house.client(), [house.client() for _ in range(3)]
    for watcher in (killer, *others):
        watcher.subscribe(META, match="prefix")
        watcher.result(META + "add_testament", "com.gone", [1], {})
    killer.subscribe("com.gone")
    request = killer.call(META + "kill_all")
    assert killer.take() == [[RESULT, request, {}, [3]]]
    for victim in others:
        assert victim.take() == [[GOODBYE, {}, "wamp.close.killed"]]


def test_a_session_killed_in_the_middle_of_everything_leaves_a_consistent_realm(house: FakeRouter) -> None:
    """Every victim watches all meta events, answers calls and waits for others while it is taken out."""
    killer, victims = house.client(), [house.client() for _ in range(4)]
    for number, victim in enumerate(victims):
        victim.request(SUBSCRIBE, {"match": "prefix"}, "")
        victim.register(f"com.p{number}")
        victim.register("com.shared", invoke="roundrobin")
        victim.result("wamp.session.add_testament", "com.last", [number], {})
    for number, victim in enumerate(victims):
        victim.call(f"com.p{(number + 1) % 4}", timeout=1000)
    killer.call("com.shared")
    killer.subscribe("com.last")
    killer.take()
    killer.call(META + "kill_by_authrole", ["everything"])
    messages = killer.take()
    assert [message[4] for message in messages if message[0] == EVENT] == [[0], [1], [2], [3]]
    assert [message[3] for message in messages if message[0] == RESULT] == [[4]]
    assert list(house.realm.sessions) == [killer.session]
    for index in (house.realm.dealer.registry.index, house.realm.broker.index):
        assert not list(index.values("prefix"))
    assert not list(house.realm.dealer.registry.index.values("exact"))
    for victim in victims:
        victim.leave()
    assert house.clock.twisted.getDelayedCalls() == []


# ---- events ----------------------------------------------------------------------------------------------------


def test_on_join_tells_who_has_come_and_on_leave_who_has_gone(house: FakeRouter) -> None:
    watcher = house.client()
    joins, leaves = watcher.subscribe(META + "on_join"), watcher.subscribe(META + "on_leave")
    client = house.client(authid="ann", role="admin")
    [event] = watcher.take()
    assert event[1] == joins
    [who] = event[4]
    assert who == watcher.result(META + "get", client.session)
    client.leave()
    [event] = watcher.take()
    assert event[1] == leaves
    assert event[3:] == [{}, [client.session, "ann", "admin"]]


def test_a_login_that_failed_is_no_news(house: FakeRouter) -> None:
    watcher = house.client()
    watcher.subscribe(META, match="prefix")
    house.attach().send(1, "home", {"roles": {}}).leave()
    house.attach().leave()
    assert watcher.take() == []


def test_who_could_not_take_its_welcome_has_never_come(house: FakeRouter) -> None:
    watcher = house.client()
    watcher.subscribe(META, match="prefix")
    client = house.attach()
    client.peer.too_large = frozenset({WELCOME})
    client.send(1, "home", {"roles": {"caller": {}}})
    assert [message[::2] for message in client.take()] == [[ABORT, "wamp.error.payload_size_exceeded"]]
    assert watcher.take() == []


def test_the_news_of_one_realm_stay_in_it(house: FakeRouter) -> None:
    house.router.add_realm("garden", [EVERYTHING])
    watcher = house.client()
    watcher.subscribe("", match="prefix")
    watcher.take()
    far = house.attach()
    far.join("garden")
    far.subscribe("com.topic")
    far.publish("com.topic")
    far.leave()
    assert watcher.take() == []


# ---- what all procedures have in common ------------------------------------------------------------------------


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_arguments_that_no_procedure_takes_are_an_error(house: FakeRouter, procedure: str) -> None:
    client = house.client()
    assert client.error(CALL, {}, procedure, [1] * 9) == "wamp.error.invalid_argument"
    assert (
        client.error(CALL, {}, procedure, [], {"nonsense": 1, "self": 2, "caller": 3}) == "wamp.error.invalid_argument"
    )


def test_a_session_id_may_come_as_a_float_as_javascript_writes_it(house: FakeRouter) -> None:
    client, other = house.client("msgpack"), house.client()
    assert client.result(META + "get", float(other.session))["session"] == other.session
    assert client.error(CALL, {}, META + "get", [other.session + 0.5]) == "wamp.error.invalid_argument"
    options = {"exclude": [float(other.session)]}
    client.result(META + "add_testament", "com.gone", [1], {}, publish_options=options)
    other.subscribe("com.gone")
    client.leave()
    assert other.take() == []


def test_what_returns_nothing_has_an_empty_result(house: FakeRouter) -> None:
    client, other = house.client(), house.client()
    client.take()
    request = client.call(META + "kill", [other.session])
    assert client.take() == [[RESULT, request, {}]]
    request = client.call(META + "add_testament", ["com.gone", [], {}])
    assert client.take() == [[RESULT, request, {}]]
    request = client.call("wamp.registration.lookup", ["com.nothing"])
    assert client.take() == [[RESULT, request, {}, [None]]]


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_who_may_not_call_it_is_refused(procedure: str) -> None:
    home = FakeRouter([Role("everything", (Permission("com.", "prefix", frozenset({"call"})),))])
    assert home.client().error(CALL, {}, procedure) == "wamp.error.not_authorized"


def test_a_complaint_about_arguments_is_short(house: FakeRouter) -> None:
    client = house.client()
    for args, kwargs in (
        ([], {"x" * 9000: 1}),
        ([[], "x" * 9000], {}),
        ([["a"], "y"], {"filter_authroles": "x" * 9000}),
    ):
        client.take()
        client.call(META + "count", args, kwargs)
        [answer] = client.take()
        assert answer[4] == "wamp.error.invalid_argument"
        assert len(answer[5][0]) < 250


def test_a_result_that_cannot_be_sent_is_an_error(house: FakeRouter) -> None:
    client = house.client()
    client.peer.refuses = "wamp.error.payload_size_exceeded"
    client.call(META + "list")
    assert client.take() == []  # this peer refuses everything with a payload, the ERROR too
    assert house.realm.sessions[client.session].calls == {}


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_every_procedure_is_described(procedure: str) -> None:
    assert procedure.startswith("wamp.")
    assert callable(PROCEDURES[procedure])
