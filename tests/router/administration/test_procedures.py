"""`wampi.admin.*`: what owners can do, that nobody else can, and that it takes effect before it is answered."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyotp import parse_uri
from support.administration import FakeNode
from support.core import ALL_ROLES, Client
from support.store import OTHER_PASSWORD, PASSWORD
from support.wamp import ABORT, CALL, EVENT, GOODBYE, REGISTER, SUBSCRIBE
from wampi.router.administration.live import LIVE
from wampi.router.administration.operations import OPERATIONS
from wampi.router.administration.procedures import ROLE
from wampi.router.auth.tallies import FREE_FAILURES
from wampi.router.core.authentication import Accept, Applicant
from wampi.router.core.authorization import Role
from wampi.router.store.web import Lifetimes

REVOKED, KILLED = "wampi.close.revoked", "wamp.close.killed"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    node = FakeNode(tmp_path).start()
    yield node
    node.accounts.close()


@pytest.fixture
def olga(node: FakeNode) -> Client:
    return node.join("olga", "owner")


def with_anna(node: FakeNode, role: str = "resident", **more: Any) -> Client:
    node.accounts.add_person("anna", role, PASSWORD)
    return node.join("anna", role, **more)


def ended(client: Client) -> str | None:
    """The reason of the GOODBYE that has come."""
    return next((message[2] for message in client.take() if message[0] == GOODBYE), None)


@pytest.mark.parametrize("operation", [*OPERATIONS, *LIVE])
@pytest.mark.parametrize("role", ["resident", "guest"])
def test_administration_is_for_owners_alone(node: FakeNode, operation: str, role: str) -> None:
    client = node.join("eve", role)
    assert node.ask(client, operation) == "wamp.error.not_authorized"
    assert [account.authid for account in node.accounts.list()] == ["olga"]


def test_a_token_that_is_worth_less_than_its_owner_administers_nothing(node: FakeNode) -> None:
    class Scoped:
        def authenticate(self, applicant: Applicant, decide: Any) -> None:
            decide(Accept("olga", "owner", "ticket", "accounts", credential="token:1", scope="resident"))

    client = node.attach("json", Scoped())
    client.join(authid="olga")
    assert node.ask(client, "user.list") == "wamp.error.not_authorized"


def test_the_meta_api_and_administration_are_for_owners_in_the_configuration_that_ships() -> None:
    from wampi.router.config import read
    from wampi.router.core.authorization import Guard
    from wampi.router.core.errors import RequestError
    from wampi.router.core.meta import PROCEDURES
    from wampi.router.core.uris import UriRules
    from wampi.router.datadir import default_configuration
    from wampi.router.realms import role_of

    [router] = read(default_configuration(Path("/nonexistent"))).routers
    guards = {role.name: Guard(role_of(role), UriRules()) for role in router.realms[0].roles}
    wanted = [*PROCEDURES, *(f"wampi.admin.{name}" for name in (*OPERATIONS, *LIVE))]

    def callable_by(role: str) -> set[str]:
        return {uri for uri in wanted if guards[role].calls(uri)}

    testaments = {"wamp.session.add_testament", "wamp.session.flush_testaments"}
    assert callable_by("owner") == set(wanted)
    assert callable_by("resident") == callable_by("guest") == set()
    for device in ("camera", "lighting", "frame", "sprinkler"):
        assert callable_by(device) == testaments | {"wamp.subscription.match"}
    for role in ("resident", "guest"):
        with pytest.raises(RequestError):
            guards[role].check_subscribe("wamp.session.on_join", "exact")
        assert not guards[role].receives("wampi.admin.anything")


def test_nobody_can_answer_in_place_of_the_node(node: FakeNode, olga: Client) -> None:
    for uri, options in (("wampi.admin.user.list", {}), ("wampi.admin.", {"match": "prefix"})):
        for extra in ({}, {"force_reregister": True}, {"invoke": "first"}):
            assert olga.error(REGISTER, options | extra, uri) == "wamp.error.not_authorized"
    olga.register("", match="prefix")
    assert [account["name"] for account in node.ask(olga, "user.list")] == ["olga"]


def test_the_nodes_own_session_shows_nowhere_and_cannot_be_ended(node: FakeNode, olga: Client) -> None:
    [internal] = [session.id for session in node.realm if session.identity.authid == ROLE]
    assert olga.result("wamp.session.list") == [olga.session]
    assert olga.result("wamp.session.count") == 1
    for procedure in ("wamp.session.get", "wamp.session.kill"):
        assert olga.error(CALL, {}, procedure, [internal]) == "wamp.error.no_such_session"
    assert olga.result("wamp.session.kill_by_authid", ROLE) == []
    assert olga.result("wamp.session.kill_by_authrole", "router:administration") == 0
    assert olga.result("wamp.session.kill_all") == 0
    assert [account["name"] for account in node.ask(olga, "user.list")] == ["olga"]


def test_the_node_answers_again_when_its_session_has_ended_nevertheless(node: FakeNode, olga: Client) -> None:
    olga.subscribe("wamp.session.on_join")
    olga.subscribe("wamp.session.on_leave")
    [internal] = [session for session in node.realm if session.identity.authid == ROLE]
    internal.end("wamp.close.killed", None)
    for _ in range(4):
        node.clock.advance(1.0)
        node.run()
    assert olga.take() == []
    assert [account["name"] for account in node.ask(olga, "user.list")] == ["olga"]


# ---- users -------------------------------------------------------------------------------------------------------


def test_a_user_is_made_and_listed_without_any_secret(node: FakeNode, olga: Client) -> None:
    made = node.ask(olga, "user.add", name="ben", password=PASSWORD, role="guest")
    assert (made["name"], made["role"], made["enabled"]) == ("ben", "guest", True)
    listed = node.ask(olga, "user.list")
    assert [account["name"] for account in listed] == ["ben", "olga"]
    assert set(listed[0]) == {"name", "kind", "role", "prefix", "enabled", "created_at", "secret_changed_at"}


@pytest.mark.parametrize(
    ("operation", "arguments", "error"),
    [
        ("user.add", {"name": "ben", "password": "short"}, "wamp.error.invalid_argument"),
        ("user.add", {"name": "ben"}, "wamp.error.invalid_argument"),
        ("user.add", {"name": "B N", "password": PASSWORD}, "wamp.error.invalid_argument"),
        ("user.add", {"name": "olga", "password": PASSWORD}, "wampi.error.account_exists"),
        ("user.add", {"name": "ben", "password": PASSWORD, "role": "device:x"}, "wamp.error.invalid_argument"),
        (
            "user.add",
            {"name": "ben", "password": PASSWORD, "role": "router:administration"},
            "wamp.error.invalid_argument",
        ),
        ("user.add", {"name": "ben", "password": PASSWORD, "admin": True}, "wamp.error.invalid_argument"),
        ("user.add", {"name": 7, "password": PASSWORD}, "wamp.error.invalid_argument"),
        ("user.add", {"name": "ben", "password": PASSWORD, "role": "residnt"}, "wamp.error.invalid_argument"),
        ("user.role", {"name": "olga", "role": "nobody"}, "wamp.error.invalid_argument"),
        ("device.add", {"name": "bell", "role": "nobody"}, "wamp.error.invalid_argument"),
        ("token.add", {"name": "olga", "scope": "nobody"}, "wamp.error.invalid_argument"),
        ("user.passwd", {"name": "nobody", "password": OTHER_PASSWORD}, "wampi.error.not_found"),
        ("user.disable", {"name": "nobody"}, "wampi.error.not_found"),
        ("device.add", {"name": "bell"}, "wamp.error.invalid_argument"),
        ("device.add", {"name": "bell", "prefix": "wampi.admin."}, "wamp.error.invalid_argument"),
        ("device.add", {"name": "bell", "prefix": "wampi.admin.x"}, "wamp.error.invalid_argument"),
        ("device.remove", {"name": "olga"}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "olga", "prefix": "wampi."}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "olga", "prefix": "wampi.admin.user"}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "olga", "prefix": "wamp.session"}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "nobody", "prefix": "wampi.sprinkler.garden"}, "wampi.error.not_found"),
        ("grant.add", {"name": "olga", "prefix": "wampi.a.b", "verb": "own"}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "olga", "prefix": "wampi.a.b", "ends_at": 1.0}, "wamp.error.invalid_argument"),
        ("grant.revoke", {"grant": 7}, "wampi.error.not_found"),
        ("grant.revoke", {"grant": 2**60}, "wamp.error.invalid_argument"),
        ("grant.add", {"name": "olga", "prefix": "wampi.a.b", "ends_at": 1e300}, "wamp.error.invalid_argument"),
        ("token.add", {"name": "nobody"}, "wampi.error.not_found"),
        ("token.add", {"name": "olga", "expires_at": 1.0}, "wamp.error.invalid_argument"),
        ("token.add", {"name": "olga", "label": "x" * 65}, "wamp.error.invalid_argument"),
        ("token.revoke", {"number": 7}, "wampi.error.not_found"),
        ("key.add", {"name": "olga", "kind": "cryptosign", "key": "ab"}, "wamp.error.invalid_argument"),
        ("key.add", {"name": "olga", "kind": "rsa", "key": "ab" * 32}, "wamp.error.invalid_argument"),
        ("key.remove", {"number": 7}, "wampi.error.not_found"),
        ("session.kick", {"session": 7}, "wamp.error.no_such_session"),
        ("audit.list", {"limit": 0}, "wamp.error.invalid_argument"),
        ("audit.list", {"kind": "secrets"}, "wamp.error.invalid_argument"),
    ],
)
def test_what_cannot_be_done_is_an_error_and_changes_nothing(
    node: FakeNode, olga: Client, operation: str, arguments: dict[str, Any], error: str
) -> None:
    before = node.accounts.list()
    assert node.ask(olga, operation, **arguments) == error
    assert node.accounts.list() == before
    assert node.entries("change") == []


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("user.remove", {}), ("user.disable", {}), ("user.role", {"role": "guest"})],
)
def test_the_last_owner_stays(node: FakeNode, olga: Client, operation: str, arguments: dict[str, Any]) -> None:
    assert node.ask(olga, operation, name="olga", **arguments) == "wampi.error.last_owner"
    node.accounts.add_person("otto", "owner", PASSWORD)
    node.accounts.set_enabled("otto", False)
    node.accounts.add_device("hub", role="owner")
    assert node.ask(olga, operation, name="olga", **arguments) == "wampi.error.last_owner"
    node.accounts.set_enabled("otto", True)
    assert node.ask(olga, operation, name="olga", **arguments) is None


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("user.passwd", {"password": OTHER_PASSWORD}),
        ("user.disable", {}),
        ("user.remove", {}),
        ("user.role", {"role": "guest"}),
    ],
)
def test_what_takes_a_login_away_ends_its_sessions_before_it_is_answered(
    node: FakeNode, olga: Client, operation: str, arguments: dict[str, Any]
) -> None:
    anna = with_anna(node)
    olga.subscribe("wamp.session.on_leave")
    assert node.ask(olga, operation, name="anna", **arguments) is None
    assert ended(anna) == REVOKED
    assert node.ask(olga, "session.list")[0]["authid"] == "olga"
    assert [session.identity.authid for session in node.realm if session.identity.authid == "anna"] == []


def test_a_login_that_was_under_way_is_refused(node: FakeNode, olga: Client) -> None:
    node.accounts.add_person("anna", "resident", PASSWORD)
    waiting: list[Any] = []

    class Later:
        def authenticate(self, applicant: Applicant, decide: Any) -> None:
            waiting.append(decide)

    anna = node.attach("json", Later()).send(1, "home", {"roles": ALL_ROLES, "authid": "anna"})
    node.ask(olga, "user.disable", name="anna")
    waiting[0](Accept("anna", "resident", "wampcra", "accounts"))
    assert anna.take()[0][0] == ABORT


def test_a_password_does_not_end_what_a_token_has_let_in(node: FakeNode, olga: Client) -> None:
    by_password, by_token = with_anna(node), node.join("anna", "resident", "token:3")
    node.ask(olga, "user.passwd", name="anna", password=OTHER_PASSWORD)
    assert ended(by_password) == REVOKED
    assert ended(by_token) is None
    node.clock.advance(1.0)
    by_key, by_cookie = node.join("anna", "resident", "key:4"), node.join("anna", "resident", "cookie:5")
    node.ask(olga, "user.passwd", name="anna", password=PASSWORD)
    assert [ended(by_key), ended(by_cookie)] == [None, REVOKED]
    node.ask(olga, "user.disable", name="anna")
    assert ended(by_token) == REVOKED


def test_who_changes_the_own_password_stays_and_other_sessions_end(node: FakeNode, olga: Client) -> None:
    elsewhere = node.join("olga", "owner")
    assert node.ask(olga, "user.passwd", name="olga", password=OTHER_PASSWORD) is None
    assert ended(elsewhere) == REVOKED
    assert node.ask(olga, "user.list") != []


def test_another_password_opens_an_account_that_strangers_have_shut(node: FakeNode, olga: Client) -> None:
    node.accounts.add_person("anna", "resident", PASSWORD)
    for _ in range(60):
        node.throttle.failed("anna", "192.0.2.99", "wampcra", exists=True)
    assert node.throttle.refuse_until("anna", "198.51.100.1") == float("inf")
    assert node.ask(olga, "user.passwd", name="anna", password=OTHER_PASSWORD) is None
    assert node.throttle.refuse_until("anna", "198.51.100.1") == 0


def test_who_gives_up_the_own_account_is_answered_and_ended(node: FakeNode, olga: Client) -> None:
    node.accounts.add_person("otto", "owner", PASSWORD)
    assert node.ask(olga, "user.remove", name="olga") is None
    node.clock.advance(0.5)
    assert ended(olga) == REVOKED


def test_what_a_removed_device_has_retained_is_forgotten(node: FakeNode, olga: Client) -> None:
    node.accounts.add_device("bell", role="resident")
    bell = node.join("bell", "resident", "key")
    bell.publish("wampi.bell.front.state", [], {"name": "Front door"}, retain=True)
    late = node.join("ben", "resident")
    late.request(SUBSCRIBE, {"get_retained": True}, "wampi.bell.front.state")
    assert [message[0] for message in late.take()] == [33, EVENT]
    node.ask(olga, "device.remove", name="bell")
    later = node.join("carl", "resident")
    later.request(SUBSCRIBE, {"get_retained": True}, "wampi.bell.front.state")
    assert [message[0] for message in later.take()] == [33]


@pytest.mark.parametrize("operation", ["device.disable", "device.remove", "device.renew"])
def test_a_device_whose_login_is_taken_back_is_said_to_be_lost_by_the_router(
    node: FakeNode, olga: Client, operation: str
) -> None:
    node.accounts.add_device("bell", role="resident")
    bell = node.join("bell", "resident", "key")
    state = "wampi.bell.front.state"
    bell.publish(state, [], {"name": "Front door", "available": True}, retain=True)
    bell.result("wamp.session.add_testament", state, [], {"name": "Front door", "available": True}, {"retain": True})
    bell.result("wamp.session.add_testament", "wampi.sprinkler.garden.state", [], {"available": True})
    watching = node.join("anna", "resident")
    watching.subscribe("wampi...state", match="wildcard")
    node.ask(olga, operation, name="bell")
    [event] = [message for message in watching.take() if message[0] == EVENT]
    assert event[3]["topic"] == state
    said = event[5]
    assert (said["kind"], said["id"], said["name"]) == ("bell", "front", "Front door")
    assert (said["available"], said["state"], said["cause"]["why"]) == (False, None, "lost")


def test_a_device_that_gets_another_key_is_known_to_be_lost_until_it_is_back(node: FakeNode, olga: Client) -> None:
    node.accounts.add_device("bell", role="resident")
    bell = node.join("bell", "resident", "key")
    state = "wampi.bell.front.state"
    bell.publish(state, [], {"name": "Front door", "available": True}, retain=True)
    bell.result("wamp.session.add_testament", state, [], {"available": False}, {"retain": True})
    node.ask(olga, "device.renew", name="bell")
    late = node.join("ben", "resident")
    late.request(SUBSCRIBE, {"get_retained": True}, state)
    _, event = late.take()
    assert event[5]["available"] is False


def test_a_device_that_is_kicked_may_leave_its_testament(node: FakeNode, olga: Client) -> None:
    node.accounts.add_device("bell", role="resident")
    bell = node.join("bell", "resident", "key")
    bell.result("wamp.session.add_testament", "wampi.bell.front.state", ["its own words"], {})
    watching = node.join("anna", "resident")
    watching.subscribe("wampi.bell.front.state")
    node.ask(olga, "session.kick_user", name="bell")
    assert [message[4] for message in watching.take() if message[0] == EVENT] == [["its own words"]]


def test_nothing_is_published_for_a_person_whose_account_is_disabled(node: FakeNode, olga: Client) -> None:
    node.accounts.add_person("anna", "resident", PASSWORD)
    anna, watching = node.join("anna", "resident"), node.join("ben", "resident")
    anna.result("wamp.session.add_testament", "com.note", ["last words"], {})
    anna.result("wamp.session.add_testament", "wampi.sprinkler.garden.state", [], {"available": True}, {"retain": True})
    watching.subscribe("", match="prefix")
    node.ask(olga, "user.disable", name="anna")
    assert [
        message for message in watching.take() if message[0] == EVENT and message[3].get("topic", "")[:5] != "wamp."
    ] == []


def test_a_device_gets_its_key_once_and_another_one_ends_its_sessions(node: FakeNode, olga: Client) -> None:
    first = node.ask(olga, "device.add", name="bell", prefix="org.example.bell")["key"]
    bell = node.join("bell", "resident", "key")
    second = node.ask(olga, "device.renew", name="bell")["key"]
    assert len(first) == len(second) >= 43 and first != second
    assert ended(bell) == REVOKED
    assert "key" not in node.ask(olga, "device.list")[0]
    assert first not in str(node.entries()) and second not in str(node.entries())


def test_a_second_factor_ends_what_the_password_alone_has_let_in(node: FakeNode, olga: Client) -> None:
    anna, by_token = with_anna(node), node.join("anna", "resident", "token:3")
    assert node.ask(olga, "user.get", name="anna")["least_password_characters"] == 15
    uri = node.ask(olga, "totp.begin", name="anna")["uri"]
    code = parse_uri(uri).at(int(node.times.now))
    assert node.ask(olga, "totp.confirm", name="anna", code="000000") == "wamp.error.invalid_argument"
    assert ended(anna) is None
    codes = node.ask(olga, "totp.confirm", name="anna", code=code)["recovery_codes"]
    assert [ended(client) for client in (anna, by_token)] == [REVOKED, None]
    assert node.ask(olga, "user.get", name="anna")["least_password_characters"] == 8
    trail = str(node.entries())
    assert "totp.confirm" in trail
    assert not any(secret in trail for secret in (uri, code, *codes))
    assert node.ask(olga, "totp.remove", name="anna") is None


# ---- tokens and keys ---------------------------------------------------------------------------------------------


def test_a_role_that_an_authorizer_decides_about_is_no_scope_for_a_token(node: FakeNode, olga: Client) -> None:
    with_anna(node)
    node.realm.set_roles([Role("asked", authorizer="com.authorize")])
    assert node.ask(olga, "token.add", name="anna", scope="asked") == "wamp.error.invalid_argument"
    assert node.ask(olga, "token.add", name="anna", scope="guest")["scope"] == "guest"


def test_a_token_that_is_revoked_ends_what_it_has_let_in_and_nothing_else(node: FakeNode, olga: Client) -> None:
    by_password = with_anna(node)
    made = node.ask(olga, "token.add", name="anna", label="cron", scope="guest")
    other = node.ask(olga, "token.add", name="anna", expires_at=node.times.now + 60)
    by_token, by_other = (node.join("anna", "resident", f"token:{one['number']}") for one in (made, other))
    assert (made["name"], made["label"], made["scope"], made["expires_at"]) == ("anna", "cron", "guest", None)
    listed = node.ask(olga, "token.list", name="anna")
    assert [one["number"] for one in listed] == [made["number"], other["number"]]
    assert all("token" not in one and "hash" not in one for one in listed)
    assert node.ask(olga, "token.revoke", number=made["number"])["label"] == "cron"
    assert [ended(client) for client in (by_token, by_password, by_other)] == [REVOKED, None, None]
    assert made["token"] not in str(node.entries()) + str(node.kept.lines)


def test_a_key_that_is_removed_ends_what_it_has_let_in(node: FakeNode, olga: Client) -> None:
    by_password = with_anna(node)
    made = node.ask(olga, "key.add", name="anna", kind="cryptosign", key="ab" * 32)
    by_key = node.join("anna", "resident", f"key:{made['number']}")
    assert node.ask(olga, "key.list") == [made]
    assert made["key"] == "ab" * 32
    assert node.ask(olga, "key.remove", number=made["number"]) == made
    assert [ended(client) for client in (by_key, by_password)] == [REVOKED, None]


def test_an_owner_that_revokes_the_own_token_is_answered_and_ended(node: FakeNode, olga: Client) -> None:
    made = node.ask(olga, "token.add", name="olga")
    script = node.join("olga", "owner", f"token:{made['number']}")
    assert node.ask(script, "token.revoke", number=made["number"])["name"] == "olga"
    node.clock.advance(0.5)
    assert [ended(script), ended(olga)] == [REVOKED, None]


def test_an_identity_that_is_unlinked_ends_what_it_has_begun(node: FakeNode, olga: Client) -> None:
    by_password = with_anna(node)
    met = node.accounts.identities.meet("https://id.example", "248289", "anna@example.org")
    assert node.ask(olga, "identity.list")[0]["name"] is None
    assert node.ask(olga, "identity.link", number=met.number, name="anna") is None
    assert node.ask(olga, "identity.list")[0]["name"] == "anna"
    _, principal = node.accounts.web.open_session("anna", node.times.now, Lifetimes(), met.credential)
    by_identity = node.join("anna", "resident", principal.credential)
    assert node.ask(olga, "identity.unlink", number=met.number) == {"name": "anna"}
    assert [ended(client) for client in (by_identity, by_password)] == [REVOKED, None]
    assert node.ask(olga, "identity.unlink", number=met.number) == "wampi.error.not_found"


# ---- grants ------------------------------------------------------------------------------------------------------


def test_a_grant_holds_when_it_is_answered_and_no_more_when_it_is_revoked(node: FakeNode, olga: Client) -> None:
    neighbour = with_anna(node, "guest")
    node.join("garden", "resident").register("wampi.sprinkler.garden.run")
    assert neighbour.error(CALL, {}, "wampi.sprinkler.garden.run") == "wamp.error.not_authorized"
    grant = node.ask(olga, "grant.add", name="anna", prefix="wampi.sprinkler.garden")
    assert (grant["verb"], grant["granted_by"], grant["ends_at"]) == ("operate", "olga", None)
    request = neighbour.call("wampi.sprinkler.garden.run")
    assert neighbour.take() == []
    assert node.ask(olga, "grant.list", name="anna") == [grant]
    node.ask(olga, "grant.revoke", grant=grant["id"])
    assert [(m[0], m[2], m[4]) for m in neighbour.take()] == [(8, request, "wamp.error.not_authorized")]
    assert node.ask(olga, "grant.list") == []


def test_the_grants_of_a_removed_account_go_with_it(node: FakeNode, olga: Client) -> None:
    with_anna(node, "guest")
    node.ask(olga, "grant.add", name="anna", prefix="wampi.sprinkler.garden")
    node.ask(olga, "user.remove", name="anna")
    node.accounts.add_person("anna", "guest", PASSWORD)
    node.clock.advance(1.0)
    again = node.join("anna", "guest")
    assert again.error(CALL, {}, "wampi.sprinkler.garden.run") == "wamp.error.not_authorized"


# ---- sessions and roles ------------------------------------------------------------------------------------------


def test_sessions_are_listed_without_the_nodes_own(node: FakeNode, olga: Client) -> None:
    anna = with_anna(node)
    listed = node.ask(olga, "session.list")
    assert [(one["authid"], one["session"], one["realm"]) for one in listed] == [
        ("anna", anna.session, "home"),
        ("olga", olga.session, "home"),
    ]
    assert listed[0]["transport"] == {"type": "websocket", "peer": "tcp:192.0.2.7:51234"}


def test_a_session_is_kicked_and_so_are_all_of_somebody(node: FakeNode, olga: Client) -> None:
    first, second, third = with_anna(node), node.join("anna", "resident"), node.join("anna", "resident")
    assert node.ask(olga, "session.kick", session=first.session) is None
    assert [ended(client) for client in (first, second)] == [KILLED, None]
    assert node.ask(olga, "session.kick_user", name="anna") == 2
    assert [ended(client) for client in (second, third)] == [KILLED, KILLED]


def test_neither_the_own_session_nor_the_nodes_can_be_kicked(node: FakeNode, olga: Client) -> None:
    [internal] = [session.id for session in node.realm if session.identity.authid == ROLE]
    for session in (olga.session, internal):
        assert node.ask(olga, "session.kick", session=session) == "wamp.error.no_such_session"
    assert node.ask(olga, "session.kick_user", name="olga") == 0


def test_roles_are_listed_and_read_again(node: FakeNode, olga: Client) -> None:
    roles = node.ask(olga, "role.list")
    assert [role["name"] for role in roles] == ["owner", "resident", "guest"]
    assert roles[2]["permissions"] == []
    assert node.ask(olga, "role.reload") is None
    assert node.reloads == 1


class Denying:
    """An authorizer's asker that says no, when a test lets it."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[Any], None]] = []

    def ask(self, _procedure: str, _args: list[Any], decide: Callable[[Any], None]) -> None:
        self.waiting.append(decide)


@pytest.mark.parametrize(("operation", "result"), [("role.review", 1), ("role.reload", None)])
def test_authorizers_are_asked_again_before_it_is_answered(
    node: FakeNode, olga: Client, operation: str, result: int | None
) -> None:
    asking = Denying()
    node.realm.authorizer = asking
    node.realm.set_roles([Role("dynamic", authorizer="com.authorize")])
    guest = node.client(role="dynamic", authid="gina")
    guest.request(SUBSCRIBE, {}, "com.topic")
    asking.waiting.pop()(True)
    guest.take()
    olga.request(CALL, {}, f"wampi.admin.{operation}")
    node.run()
    assert olga.take() == []
    asking.waiting.pop()(False)
    node.run()
    [answer] = olga.take()
    assert answer[3:] == [[result]]
    assert node.realm.sessions[guest.session].subscriptions == {}
    assert [entry["what"] for entry in node.ask(olga, "audit.list", kind="change")] == [operation]


# ---- the accounts cannot be used ---------------------------------------------------------------------------------


def test_a_database_that_fails_is_one_error(node: FakeNode, olga: Client) -> None:
    node.worker.is_broken = True
    assert node.ask(olga, "user.list") == "wampi.error.store_failed"


# ---- the throttle ------------------------------------------------------------------------------------------------


def shut(node: FakeNode, name: str) -> None:
    """Guess at a name until it is shut."""
    for _ in range(FREE_FAILURES):
        node.throttle.failed(name, f"{name}.example", "wampcra", exists=True)
    assert is_shut(node, name)


def is_shut(node: FakeNode, name: str) -> bool:
    return node.throttle.refuse_until(name, f"{name}.example") > 0


@pytest.mark.parametrize(
    ("operation", "arguments"), [("user.add", {"password": PASSWORD}), ("device.add", {"prefix": "com.bell."})]
)
def test_what_was_guessed_at_a_name_before_it_is_an_account_does_not_shut_the_account(
    node: FakeNode, olga: Client, operation: str, arguments: dict[str, Any]
) -> None:
    shut(node, "bell")
    node.ask(olga, operation, name="bell", **arguments)
    assert not is_shut(node, "bell")


def test_an_account_that_is_made_again_has_nothing_of_the_one_that_was_removed(node: FakeNode, olga: Client) -> None:
    node.accounts.add_person("neil", "guest", PASSWORD)
    shut(node, "neil")
    node.ask(olga, "user.remove", name="neil")
    assert not is_shut(node, "neil")


def test_who_is_no_owner_resets_nothing_and_neither_does_what_fails(node: FakeNode, olga: Client) -> None:
    anna = with_anna(node)
    shut(node, "anna")
    assert node.ask(anna, "user.remove", name="anna") == "wamp.error.not_authorized"
    assert node.ask(olga, "user.add", name="anna", password=PASSWORD) == "wampi.error.account_exists"
    assert "error" in node.ask(olga, "device.remove", name="anna")
    assert is_shut(node, "anna")


# ---- passwords ---------------------------------------------------------------------------------------------------


def test_others_have_their_turn_while_a_password_is_hashed(node: FakeNode, olga: Client) -> None:
    with_anna(node)
    otto = node.join("otto", "owner")
    node.hashes.waiting = []
    request = olga.call("wampi.admin.user.passwd", [], {"name": "anna", "password": OTHER_PASSWORD})
    node.run()
    assert [account["name"] for account in node.ask(otto, "user.list")] == ["anna", "olga"]
    assert olga.take() == []
    node.hashes.go_on()
    node.run()
    assert [message[:2] for message in olga.take()] == [[50, request]]
    assert [entry["what"] for entry in node.entries("change")] == ["user.passwd"]


def test_what_has_changed_meanwhile_counts(node: FakeNode, olga: Client) -> None:
    anna = with_anna(node)
    node.hashes.waiting = []
    olga.call("wampi.admin.user.passwd", [], {"name": "anna", "password": OTHER_PASSWORD})
    olga.call("wampi.admin.user.add", [], {"name": "ben", "password": OTHER_PASSWORD})
    node.run()
    node.accounts.remove("anna")
    node.accounts.add_person("ben", "guest", PASSWORD)
    node.hashes.go_on()
    node.run()
    assert [message[4] for message in olga.take()] == ["wampi.error.not_found", "wampi.error.account_exists"]
    assert ended(anna) is None
    assert node.entries("change") == []


def test_a_password_that_is_no_good_is_not_hashed(node: FakeNode, olga: Client) -> None:
    node.hashes.waiting = []
    assert node.ask(olga, "user.add", name="ben", password="password1234567") == "wamp.error.invalid_argument"
    assert node.hashes.waiting == []


def test_when_too_many_passwords_wait_that_is_said(node: FakeNode, olga: Client) -> None:
    node.hashes.is_full = True
    olga.call("wampi.admin.user.add", [], {"name": "ben", "password": PASSWORD})
    node.run()
    [error] = olga.take()
    assert error[4:] == ["wampi.error.store_failed", ["too many passwords wait to be hashed: try again in a moment"]]
    assert [account.authid for account in node.accounts.list()] == ["olga"]
