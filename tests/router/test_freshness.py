"""A browser that was left logged in on the wall does not administer the hub: real logins, on a hub that runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from autobahn.wamp.auth import compute_wcs, derive_key
from support.form_browser import Browser
from support.live import LiveClient
from support.store import PASSWORD
from support.wamp import AUTHENTICATE, CALL, ERROR, GOODBYE, RESULT
from support.web import COOKIE, WebHub, basic, bearer

REAUTHENTICATE = "wampi.error.reauthentication_required"
OWNER = "otto"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    running = WebHub(tmp_path_factory.mktemp("hub"))
    with running.accounts as accounts:
        running.token = accounts.tokens.add(OWNER, "tests").secret
    yield running
    running.close()


def ask(client: LiveClient, operation: str, **arguments: Any) -> Any:
    """The result of an operation, or the URI of the error."""
    answer = client.ask(CALL, {}, f"wampi.admin.{operation}", [], arguments)
    assert answer[0] in (RESULT, ERROR), answer
    return answer[3][0] if answer[0] == RESULT else answer[4]


def make_owner(client: LiveClient, name: str) -> Any:
    made = ask(client, "user.add", name=name, password=PASSWORD, role="owner")
    return made if isinstance(made, str) else made["role"]


def browser_of_the_owner(hub: WebHub) -> Browser:
    browser = Browser(hub)
    assert browser.log_in(OWNER, stay="on").status == 303
    return browser


def test_a_cookie_makes_no_owner_once_its_login_is_old_and_does_so_after_another_login(hub: WebHub) -> None:
    browser = browser_of_the_owner(hub)
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        client.join(authmethods=["cookie"])
        assert make_owner(client, "early") == "owner"
    hub.age_logins(601)
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        client.join(authmethods=["cookie"])
        assert make_owner(client, "late") == REAUTHENTICATE
        assert "late" not in [account["name"] for account in ask(client, "user.list")]
        browser.log_in(OWNER)
        assert client.receive()[0] == GOODBYE
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        client.join(authmethods=["cookie"])
        assert make_owner(client, "late") == "owner"


def test_a_ticket_is_as_old_as_the_login_that_took_it(hub: WebHub) -> None:
    cookies = browser_of_the_owner(hub).cookies
    hub.age_logins(601)
    ticket = hub.ticket(cookies=cookies)
    with hub.socket(f"?ticket={ticket}", origin="") as client:
        client.join(authmethods=["query"])
        assert make_owner(client, "ticketed") == REAUTHENTICATE


def test_an_old_login_still_ends_sessions(hub: WebHub) -> None:
    browser = browser_of_the_owner(hub)
    hub.age_logins(601)
    with hub.socket(cookie=hub.log_in()) as victim, hub.socket(cookie=browser.cookies[COOKIE]) as client:
        victim.join(authmethods=["cookie"])
        client.join(authmethods=["cookie"])
        assert ask(client, "session.kick_user", name="anna") == 1
        assert victim.receive()[0] == GOODBYE


@pytest.mark.parametrize("way", ["bearer", "basic"])
def test_what_a_request_itself_has_proven_is_fresh(hub: WebHub, way: str) -> None:
    headers = bearer(hub.token) if way == "bearer" else basic(OWNER, PASSWORD)
    with hub.socket(headers=headers) as client:
        client.join(authmethods=[way])
        assert make_owner(client, f"by-{way}") == "owner"


def test_so_is_a_password_on_the_socket_whatever_cookie_came_along(hub: WebHub) -> None:
    browser = browser_of_the_owner(hub)
    hub.age_logins(601)
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        _, _, extra = client.hello(authid=OWNER, authmethods=["wampcra"])
        key = derive_key(PASSWORD, extra["salt"], extra["iterations"], extra["keylen"])
        client.send(AUTHENTICATE, compute_wcs(key, extra["challenge"]).decode(), {})
        assert client.receive()[0] == 2
        assert make_owner(client, "by-wampcra") == "owner"


def test_the_refusal_is_in_the_audit_trail(hub: WebHub) -> None:
    browser = browser_of_the_owner(hub)
    hub.age_logins(601)
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        client.join(authmethods=["cookie"])
        assert ask(client, "token.add", name=OWNER) == REAUTHENTICATE
        [newest, *_] = ask(client, "audit.list", kind="refused")
    assert (newest["what"], newest["who"], newest["way"]) == ("wampi.admin.token.add", OWNER, "cookie")
    assert newest["details"] == {"reason": "the login is too old"}
