"""Paths of the HTTP bridge in a configuration."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.configuration import listener, permission, problems, router, small_configuration

Edit = Callable[[dict[str, Any]], object]
PATH = "workers[0].transports[0].paths.x"
OPTIONS = f"{PATH}.options"


def after(served: dict[str, Any], data_dir: Path = Path("/nonexistent"), **endpoint: Any) -> list[str]:
    """What is wrong with a web listener that has one path, ``x``."""
    configuration = small_configuration()
    router(configuration)["realms"][0]["roles"][0]["permissions"].append(permission("com.", "prefix", publish=True))
    old = listener(configuration)
    router(configuration)["transports"][0] = {
        "type": "web", "endpoint": {**old["endpoint"], **endpoint}, "paths": {"x": served},
    }  # fmt: skip
    return problems(configuration, data_dir)


def path(kind: str = "publisher", **options: Any) -> dict[str, Any]:
    if kind == "webhook":
        options = {"topic": "com.hook", **options}
    return {"type": kind, "realm": "home", "role": "resident", "options": options}


@pytest.mark.parametrize("kind", ["publisher", "caller", "webhook"])
def test_a_path_needs_a_realm_and_a_role_and_little_else(kind: str) -> None:
    assert after(path(kind)) == []
    for key in ("realm", "role"):
        served = path(kind)
        del served[key]
        assert after(served) == [f"{PATH}: '{key}' is missing"]
    assert (after({"type": kind, "realm": "home", "role": "resident"}) == []) is (kind != "webhook")


def test_crossbars_own_options_are_taken() -> None:
    options = {
        "key": "app", "secret": "s", "post_body_limit": 8192, "timestamp_delta_limit": 60, "require_tls": False,
        "require_ip": ["192.168.1.1/255.255.255.0", "127.0.0.1", "2001:db8::/32"],
    }  # fmt: skip
    assert after(path("publisher", **options)) == after(path("caller", **options)) == []
    assert after(path("webhook", success_response="", error_response="", github_secret="s")) == []


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (path() | {"realm": "hom"}, f"{PATH}.realm: this router has no realm 'hom'; did you mean 'home'?"),
        (path() | {"role": "residnt"}, f"{PATH}.role: the realm has no role 'residnt'; did you mean 'resident'?"),
        (path() | {"id": "x"}, f"{PATH}.id: the path is its name: leave it out"),
        (path(debug=True), f"{OPTIONS}.debug: wampi logs to standard error"),
        (path(post_body_limit=0), f"{OPTIONS}.post_body_limit: must be a whole number >= 1"),
        (path(timestamp_delta_limit=0), f"{OPTIONS}.timestamp_delta_limit: must be a whole number >= 1"),
        (path(secret="s"), f"{OPTIONS}: 'key' is missing"),
        (path(key="app"), f"{OPTIONS}: with a 'key', give 'secret_file' or 'secret' too"),
        (path(key="my app", secret="s"), f"{OPTIONS}.key: a key is made of printable ASCII without spaces"),
        (path(key="app", secret="s", secret_file="f"), f"{OPTIONS}: give either 'secret' or 'secret_file'"),
        (path(key="app", secret_file="f"), f"{OPTIONS}.secret_file: there is no file /nonexistent/f"),
        (path(require_ip=["192.168.1.*"]), f"{OPTIONS}.require_ip[0]: '192.168.1.*' is neither an address nor"),
        (path(require_tls=True), f"{OPTIONS}.require_tls: this listener has no 'tls'"),
        (path(call_timeout=1), f"{OPTIONS}.call_timeout: there is no such key"),
        (path("caller", call_timeout=200_000), f"{OPTIONS}.call_timeout: must be a whole number <= 100000"),
        (path("caller", concurrent_calls=0), f"{OPTIONS}.concurrent_calls: must be a whole number >= 1"),
        (path("webhook", key="app"), f"{OPTIONS}.key: who sends webhooks does not sign as Crossbar's clients do"),
        (path("webhook", topic="a..b"), f"{OPTIONS}.topic: 'a..b' is not a valid URI"),
        (path("webhook", topic="wampi.x"), f"{OPTIONS}.topic: the role 'resident' may not publish to 'wampi.x'"),
        (path("webhook", github_secret_file="f"), f"{OPTIONS}.github_secret_file: there is no file /nonexistent/f"),
        ({"type": "pusher"}, f"{PATH}.type: there is no type 'pusher'; did you mean 'publisher'?"),
    ],
)
def test_what_is_wrong_is_named(served: dict[str, Any], said: str) -> None:
    found = after(served)
    assert any(problem.startswith(said) for problem in found), found


def test_a_file_with_a_secret_is_for_its_owner_alone_and_not_empty(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("a secret\n")
    file.chmod(0o640)
    served = path(key="app", secret_file="secret")
    assert after(served, tmp_path) == [f"{OPTIONS}.secret_file: others may read {file}: run chmod 600 on it"]
    file.chmod(0o600)
    assert after(served, tmp_path) == []
    file.write_text("\n")
    assert after(served, tmp_path) == [f"{OPTIONS}.secret_file: {file} is empty"]


def test_tls_can_be_required_where_there_is_tls() -> None:
    assert after(path(require_tls=True), tls={"type": "local-authority"}) == []
