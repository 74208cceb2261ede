"""Sessions of the hub itself: let in at once, whatever HELLO asks for."""

from support.core import ALL_ROLES, EVERYTHING, FakeRouter
from support.wamp import HELLO, WELCOME
from wampi.router.auth.fixed import FixedIdentity
from wampi.router.core.authentication import Accept


def test_it_is_who_it_was_made_for_whatever_hello_asks_for() -> None:
    house = FakeRouter([EVERYTHING])
    own = Accept("router:own", "everything", authmethod="internal", authprovider="node")
    client = house.attach("json", FixedIdentity(own))
    client.send(HELLO, "home", {"roles": ALL_ROLES, "authid": "anna", "authmethods": ["ticket"]})
    [(kind, _, details)] = client.take()
    assert kind == WELCOME
    assert {name: details[name] for name in ("authid", "authrole", "authmethod", "authprovider")} == {
        "authid": "router:own",
        "authrole": "everything",
        "authmethod": "internal",
        "authprovider": "node",
    }
