"""Rights that change: they hold at once for what sessions hold already, and for logins under way."""

from typing import Any

import pytest
from support.core import ALL, ALL_ROLES, EVERYTHING, AcceptAnyone, Client, FakeRouter
from support.wamp import ABORT, CALL, ERROR, EVENT, GOODBYE, INTERRUPT, INVOCATION, PUBLISH, UNREGISTERED, UNSUBSCRIBED
from wampi.router.core.authentication import Accept, Applicant, Decide
from wampi.router.core.authorization import Action, Disclosure, Permission, Role
from wampi.router.core.limits import Limits
from wampi.router.core.link import EXPIRY_LOOK_SECONDS
from wampi.router.core.ports import ChannelBinding, TransportDetails
from wampi.router.core.revocations import MOST_REMEMBERED, Revocations

CAN_BE_TOLD: dict[str, Any] = {
    "publisher": {},
    "subscriber": {"features": {"subscription_revocation": True}},
    "caller": {},
    "callee": {"features": {"registration_revocation": True, "call_canceling": True}},
}
NOT_AUTHORIZED, REVOKED = "wamp.error.not_authorized", "wampi.close.revoked"
NONE: frozenset[Action] = frozenset()


def role(*permissions: Permission, name: str = "member", **more: Any) -> Role:
    return Role(name, permissions, **more)


def everything_but(uri: str, match: Any = "exact", name: str = "member") -> Role:
    return role(Permission("", "prefix", ALL), Permission(uri, match, NONE), name=name)


@pytest.fixture
def house() -> FakeRouter:
    return FakeRouter([EVERYTHING, role(Permission("", "prefix", ALL))])


def member(house: FakeRouter, authid: str = "ann", **more: Any) -> Client:
    return house.client(role="member", authid=authid, roles=CAN_BE_TOLD, **more)


# ---- the rules of a role -----------------------------------------------------------------------------------------


def test_a_role_that_changes_changes_for_those_who_have_joined(house: FakeRouter) -> None:
    ann = member(house)
    assert ann.result("wamp.session.count") == 1
    house.realm.set_roles([everything_but("wamp.session.count")])
    assert ann.error(CALL, {}, "wamp.session.count") == NOT_AUTHORIZED
    house.realm.set_roles([role(Permission("", "prefix", ALL))])
    assert ann.result("wamp.session.count") == 1


def test_a_subscription_goes_with_the_right_to_it_and_others_stay(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    kept, lost = ann.subscribe("com.open"), ann.subscribe("com.secret")
    house.realm.set_roles([everything_but("com.secret")])
    assert ann.take() == [[UNSUBSCRIBED, 0, {"subscription": lost, "reason": REVOKED}]]
    other.publish("com.secret", ["not for ann"])
    other.publish("com.open", ["for all"])
    assert [(event[0], event[1]) for event in ann.take()] == [(EVENT, kept)]
    assert house.realm.broker.index.get("com.secret", "exact") is None


def test_a_subscriber_that_cannot_be_told_loses_it_all_the_same(house: FakeRouter) -> None:
    ann, other = house.client(role="member", roles=ALL_ROLES), house.client()
    ann.subscribe("com.secret")
    house.realm.set_roles([everything_but("com.secret")])
    other.publish("com.secret")
    assert ann.take() == []


def test_a_pattern_subscription_stays_where_its_pattern_is_allowed_and_brings_less(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    ann.subscribe("com.", match="prefix")
    house.realm.set_roles([everything_but("com.secret")])
    other.publish("com.secret")
    other.publish("com.open")
    assert [event[3]["topic"] for event in ann.take()] == ["com.open"]


def test_a_pattern_subscription_goes_where_its_pattern_is_no_longer_allowed(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    lost = ann.subscribe("com..state", match="wildcard")
    house.realm.set_roles([everything_but("com.", "prefix")])
    assert ann.take() == [[UNSUBSCRIBED, 0, {"subscription": lost, "reason": REVOKED}]]
    other.publish("com.x.state")
    assert ann.take() == []


def test_the_meta_api_tells_of_subscriptions_and_registrations_that_were_taken_back(house: FakeRouter) -> None:
    ann, watcher = member(house), house.client()
    subscription, registration = ann.subscribe("com.secret"), ann.register("com.work")
    for topic in ("wamp.subscription.on_unsubscribe", "wamp.registration.on_unregister"):
        watcher.subscribe(topic)
    house.realm.set_roles([role()])
    assert [event[4] for event in watcher.take()] == [[ann.session, subscription], [ann.session, registration]]


def test_a_registration_goes_with_the_right_to_it_and_calls_to_it_end(house: FakeRouter) -> None:
    ann, caller = member(house), house.client()
    lost, kept = ann.register("com.lost"), ann.register("com.kept")
    first, second = caller.call("com.lost"), caller.call("com.kept")
    invoked = {message[2]: message[1] for message in ann.take()}
    house.realm.set_roles([everything_but("com.lost")])
    assert ann.take() == [
        [UNREGISTERED, 0, {"registration": lost, "reason": REVOKED}],
        [INTERRUPT, invoked[lost], {"mode": "killnowait"}],
    ]
    [[code, _, request, _, uri, _]] = caller.take()
    assert (code, request, uri) == (ERROR, first, "wamp.error.canceled")
    ann.send(70, invoked[lost], {}, ["too late"])
    ann.send(70, invoked[kept], {}, ["done"])
    assert [message[1] for message in caller.take()] == [second]
    assert caller.error(CALL, {}, "com.lost") == "wamp.error.no_such_procedure"


def test_a_pending_call_ends_with_the_right_to_make_it(house: FakeRouter) -> None:
    callee, ann = house.client(roles=CAN_BE_TOLD), member(house)
    callee.register("com.slow")
    callee.register("com.other")
    lost, kept = ann.call("com.slow"), ann.call("com.other")
    [first, second] = callee.take()
    house.realm.set_roles([everything_but("com.slow")])
    [[code, _, request, _, uri, _]] = ann.take()
    assert (code, request, uri) == (ERROR, lost, NOT_AUTHORIZED)
    assert callee.take() == [[INTERRUPT, first[1], {"mode": "killnowait"}]]
    callee.send(70, first[1], {}, ["too late"])
    callee.send(70, second[1], {}, ["result"])
    assert [message[1] for message in ann.take()] == [kept]


def test_video_stops_with_the_right_to_see_it(house: FakeRouter) -> None:
    ann, camera = member(house), house.client()
    ann.subscribe("wampi.camera.entrance.frames", _outbox="latest")
    camera.publish("wampi.camera.entrance.frames", ["first"])
    assert len(ann.peer.latest) == 1
    house.realm.set_roles([everything_but("wampi.camera.", "prefix")])
    camera.publish("wampi.camera.entrance.frames", ["second"])
    assert len(ann.peer.latest) == 1
    assert house.realm.broker.index.get("wampi.camera.entrance.frames", "exact") is None


def test_what_is_retained_goes_when_its_publisher_could_no_longer_publish_it(house: FakeRouter) -> None:
    ann, late = member(house), house.client()
    ann.publish("com.lie", ["from ann"], retain=True)
    ann.publish("com.truth", ["from ann"], retain=True)
    ann.leave()
    house.realm.set_roles([everything_but("com.lie")])
    late.request(32, {"match": "prefix", "get_retained": True}, "com.")
    assert [message[3]["topic"] for message in late.take()[1:]] == ["com.truth"]
    house.realm.forget("ann")
    late.request(32, {"match": "prefix", "get_retained": True}, "com.")
    assert len(late.take()) == 1


def test_a_retained_event_is_not_given_to_who_may_no_longer_see_it(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    other.publish("com.secret", ["old"], retain=True)
    house.realm.set_roles([everything_but("com.secret")])
    ann.request(32, {"match": "prefix", "get_retained": True}, "com.")
    assert len(ann.take()) == 1


def test_a_testament_is_not_published_when_the_right_to_it_is_gone(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    other.subscribe("com.last")
    ann.result("wamp.session.add_testament", "com.last", ["farewell"], {})
    house.realm.set_roles([everything_but("com.last")])
    ann.leave()
    assert other.take() == []


def test_limits_and_trust_level_change_with_the_role(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    other.subscribe("com.topic")
    house.realm.set_roles([role(Permission("", "prefix", ALL), limits=Limits(subscriptions=1), trustlevel=7)])
    assert ann.peer.limits == Limits(subscriptions=1)
    ann.subscribe("com.one")
    assert ann.error(32, {}, "com.two") == "wampi.error.limit_exceeded"
    ann.publish("com.topic")
    assert other.take()[0][3] == {"trustlevel": 7}


def test_a_role_that_is_removed_ends_its_sessions_without_their_last_words(house: FakeRouter) -> None:
    ann, other = member(house), house.client()
    other.subscribe("com.last")
    ann.result("wamp.session.add_testament", "com.last", ["farewell"], {})
    house.realm.remove_role("member")
    assert ann.take()[-1][::2] == [GOODBYE, REVOKED]
    assert other.take() == []
    assert house.attach("json", AcceptAnyone("member")).send(1, "home", {"roles": {"caller": {}}}).take()[0][0] == ABORT


def test_setting_what_is_so_already_changes_nothing(house: FakeRouter) -> None:
    member(house)
    before = house.realm.guard("member", "ann")
    house.realm.set_roles([role(Permission("", "prefix", ALL))])
    house.realm.set_grants({})
    assert house.realm.guard("member", "ann") is before


# ---- grants ------------------------------------------------------------------------------------------------------

WATERING = Permission("wampi.sprinkler.garden.", "prefix", frozenset({"call", "subscribe"}), Disclosure.ALWAYS)


@pytest.fixture
def garden() -> FakeRouter:
    house = FakeRouter([EVERYTHING, Role("guest", (Permission("com.open"),))])
    house.client().register("wampi.sprinkler.garden.run")
    return house


def test_a_grant_gives_one_person_what_the_role_does_not(garden: FakeRouter) -> None:
    neighbour, stranger = garden.client(role="guest", authid="neighbour"), garden.client(role="guest", authid="other")
    garden.realm.set_grants({"neighbour": (WATERING,)})
    neighbour.call("wampi.sprinkler.garden.run")
    assert neighbour.take() == []
    assert neighbour.error(CALL, {}, "wampi.sprinkler.other.run") == NOT_AUTHORIZED
    assert stranger.error(CALL, {}, "wampi.sprinkler.garden.run") == NOT_AUTHORIZED
    for topic, match in (("wampi.sprinkler.garden.state", "exact"), ("wampi.sprinkler.garden.", "prefix")):
        neighbour.subscribe(topic, match=match)
    assert neighbour.error(32, {"match": "prefix"}, "wampi.sprinkler.") == NOT_AUTHORIZED


def test_a_grant_that_ends_takes_subscriptions_and_calls_with_it(garden: FakeRouter) -> None:
    garden.realm.set_grants({"neighbour": (WATERING,)})
    neighbour = garden.client(role="guest", authid="neighbour", roles=CAN_BE_TOLD)
    subscription = neighbour.subscribe("wampi.sprinkler.garden.state")
    request = neighbour.call("wampi.sprinkler.garden.run")
    garden.realm.set_grants({})
    unsubscribed, error = neighbour.take()
    assert unsubscribed == [UNSUBSCRIBED, 0, {"subscription": subscription, "reason": REVOKED}]
    assert (error[2], error[4]) == (request, NOT_AUTHORIZED)
    assert neighbour.error(CALL, {}, "wampi.sprinkler.garden.run") == NOT_AUTHORIZED


def test_a_grant_lets_its_events_through_a_pattern_that_the_role_may_subscribe_to() -> None:
    rules = Permission("wampi.", "prefix", frozenset({"subscribe"})), Permission("wampi.camera.", "prefix")
    house = FakeRouter([EVERYTHING, Role("guest", rules)])
    ann, camera = house.client(role="guest", authid="ann"), house.client()
    ann.subscribe("wampi.", match="prefix")
    camera.publish("wampi.camera.hall.state")
    assert ann.take() == []
    house.realm.set_grants({"ann": (Permission("wampi.camera.hall.", "prefix", frozenset({"subscribe"})),)})
    camera.publish("wampi.camera.hall.state")
    camera.publish("wampi.camera.attic.state")
    assert [event[3]["topic"] for event in ann.take()] == ["wampi.camera.hall.state"]


def test_two_grants_on_one_device_add_up(garden: FakeRouter) -> None:
    only = [Permission(WATERING.uri, "prefix", frozenset({action})) for action in ("call", "subscribe")]
    garden.realm.set_grants({"neighbour": (only[0], only[1])})
    neighbour = garden.client(role="guest", authid="neighbour")
    neighbour.subscribe("wampi.sprinkler.garden.state")
    neighbour.call("wampi.sprinkler.garden.run")
    assert neighbour.take() == []


def test_the_device_learns_who_called_by_a_grant(garden: FakeRouter) -> None:
    device = garden.client()
    device.register("wampi.sprinkler.garden.stop")
    garden.realm.set_grants({"neighbour": (WATERING,)})
    garden.client(role="guest", authid="neighbour").call("wampi.sprinkler.garden.stop")
    [invocation] = device.take()
    assert invocation[0] == INVOCATION
    assert invocation[3]["caller_authid"] == "neighbour"


# ---- ending sessions ---------------------------------------------------------------------------------------------


def test_the_sessions_of_an_account_end_in_all_realms_and_nobody_elses(house: FakeRouter) -> None:
    house.router.add_realm("garden", [EVERYTHING])
    here, there, bob = member(house), house.attach(), member(house, "bob")
    there.join("garden", authid="ann")
    assert house.router.expel("ann") == [here.session, there.session]
    assert [client.take()[-1][::2] for client in (here, there)] == [[GOODBYE, REVOKED]] * 2
    assert bob.take() == []
    assert list(house.realm.sessions) == [bob.session]


def test_the_sessions_of_one_credential_end_and_those_of_another_stay(house: FakeRouter) -> None:
    by_token, by_password = member(house, credential="token:17"), member(house, credential="password")
    assert house.router.expel("ann", credential="token:17") == [by_token.session]
    assert by_password.take() == []


def test_the_session_that_asked_for_it_stays(house: FakeRouter) -> None:
    asking, other = member(house), member(house)
    assert house.router.expel("ann", but=asking.session) == [other.session]


def test_the_calls_of_a_session_that_is_ended_are_ended_with_it(house: FakeRouter) -> None:
    callee, ann = house.client(roles=CAN_BE_TOLD), member(house)
    callee.register("com.slow")
    ann.call("com.slow")
    [invocation] = callee.take()
    house.router.expel("ann")
    assert callee.take() == [[INTERRUPT, invocation[1], {"mode": "killnowait"}]]


def test_who_does_not_answer_goodbye_is_closed(house: FakeRouter) -> None:
    ann = member(house)
    house.router.expel("ann")
    ann.send(PUBLISH, 1, {}, "com.topic")
    assert not ann.peer.is_closed
    house.clock.advance(2.0)
    assert ann.peer.is_closed


class Later:
    """An authenticator that has found an account good, and takes its time."""

    def __init__(self) -> None:
        self.waiting: list[Decide] = []

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        self.waiting.append(decide)


def test_a_login_under_way_comes_too_late(house: FakeRouter) -> None:
    login = Later()
    client = house.attach("json", login).send(1, "home", {"roles": {"caller": {}}, "authid": "ann"})
    house.router.expel("ann")
    login.waiting[0](Accept("ann", "member", "wampcra", "accounts"))
    [[code, details, reason]] = client.take()
    assert (code, reason, details) == (ABORT, NOT_AUTHORIZED, {"message": "The login was refused."})
    assert house.realm.sessions == {}


def test_a_login_that_begins_afterwards_is_none_of_them(house: FakeRouter) -> None:
    house.router.expel("ann")
    house.clock.advance(0.001)
    member(house)


def test_the_memory_of_logins_taken_back_is_bounded(house: FakeRouter) -> None:
    revocations = Revocations(house.clock)
    for number in range(MOST_REMEMBERED + 1):
        revocations.note(f"user{number}")
    assert not revocations.has_changed("user0", 0.0)
    assert revocations.has_changed("user1", 0.0)


# ---- what runs out -----------------------------------------------------------------------------------------------


class Expiring:
    """Lets Ann in until some time."""

    def __init__(self, expires_at: float) -> None:
        self._accept = Accept("ann", "member", "tls", "accounts", credential="certificate", expires_at=expires_at)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        decide(self._accept)


class RequiredCertificate:
    """A connection that there would not be without a certificate."""

    def __init__(self, good_until: float) -> None:
        self._good_until = good_until

    def client_certificate(self) -> bytes | None:
        return b"certificate"

    def good_until(self) -> float | None:
        return self._good_until

    def channel_binding(self, kind: ChannelBinding) -> bytes | None:
        return None


def is_revoked(client: Client) -> bool:
    return [message[2] for message in client.take() if message[0] == GOODBYE] == [REVOKED]


@pytest.mark.parametrize("seconds", [10.0, EXPIRY_LOOK_SECONDS, 86_400.0])
def test_a_session_ends_when_what_has_let_it_in_runs_out(house: FakeRouter, seconds: float) -> None:
    ann = house.attach("json", Expiring(house.clock.time() + seconds))
    ann.join()
    house.clock.twisted.pump([seconds / 4] * 3)
    house.clock.advance(seconds / 4 - 0.5)
    assert ann.take() == []
    house.clock.advance(0.5)
    assert is_revoked(ann)
    assert ("login over", {"authid": "ann", "method": "tls"}) in house.log.lines


def test_a_clock_that_is_put_forward_past_the_end_ends_it_within_a_minute(house: FakeRouter) -> None:
    ann = house.attach("json", Expiring(house.clock.time() + 86_400.0))
    ann.join()
    house.clock.put_forward(86_400.0)
    house.clock.advance(EXPIRY_LOOK_SECONDS)
    assert is_revoked(ann)


def test_so_it_does_when_its_connection_stands_on_a_certificate_that_runs_out(house: FakeRouter) -> None:
    tls = RequiredCertificate(house.clock.time() + 10.0)
    by_cookie = house.attach("json", details=TransportDetails("websocket", secure=True, tls=tls))
    by_cookie.join()
    house.clock.advance(10.0)
    assert is_revoked(by_cookie)


def test_what_has_run_out_lets_nobody_in(house: FakeRouter) -> None:
    client = house.attach("json", Expiring(house.clock.time()))
    client.send(1, "home", {"roles": {"caller": {}}})
    [[code, details, reason]] = client.take()
    assert (code, reason, details) == (ABORT, NOT_AUTHORIZED, {"message": "The login was refused."})


def test_nothing_is_waited_for_when_such_a_session_has_left(house: FakeRouter) -> None:
    ann = house.attach("json", Expiring(house.clock.time() + 86_400.0))
    ann.join()
    ann.leave()
    assert house.clock.twisted.getDelayedCalls() == []
