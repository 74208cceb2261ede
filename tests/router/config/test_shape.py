"""Everything that departs from the declared shape is named at once: where, what, and what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.configuration import listener, problems, router, small_configuration

Edit = Callable[[dict[str, Any]], object]


def after(edit: Edit) -> list[str]:
    configuration = small_configuration()
    edit(configuration)
    return problems(configuration, Path("/nonexistent"))


def test_the_small_configuration_is_right() -> None:
    assert problems(small_configuration(), Path("/nonexistent")) == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c.update(workerz=[]), "workerz: there is no such key; did you mean 'workers'?"),
        (lambda c: c.pop("version"), "'version' is missing"),
        (lambda c: c.update(version=1), "version: must be 2, not 1"),
        (lambda c: c.update(version=True), "version: must be 2, not True"),
        (lambda c: c.update(workers={}), "workers: must be a list, not an object"),
        (lambda c: c.update(controller=None), "controller: must be an object, not null"),
        (lambda c: c["workers"].append([]), "workers[1]: must be an object, not a list"),
        (
            lambda c: c["workers"].append({}),
            "workers[1]: 'type' is missing; it is one of container, guest, router",
        ),
        (
            lambda c: c["workers"].append({"type": "rooter"}),
            "workers[1].type: there is no type 'rooter'; did you mean 'router'?",
        ),
        (
            lambda c: router(c)["realms"][0].update(rolls=[]),
            "workers[0].realms[0].rolls: there is no such key; did you mean 'roles'?",
        ),
        (
            lambda c: router(c)["realms"][0].update(name=""),
            "workers[0].realms[0].name: must be text that is not empty, not ''",
        ),
        (
            lambda c: listener(c)["endpoint"].update(port="80"),
            "workers[0].transports[0].endpoint.port: must be a whole number, not text",
        ),
        (
            lambda c: listener(c)["endpoint"].update(port=65_536),
            "workers[0].transports[0].endpoint.port: must be a whole number <= 65535, not 65536",
        ),
        (
            lambda c: listener(c).update(serializers=["jsn"]),
            "workers[0].transports[0].serializers[0]: must be 'json' or 'msgpack' or 'cbor' or 'ubjson', not 'jsn'",
        ),
        (
            lambda c: router(c)["realms"][0]["roles"][0]["permissions"][0]["allow"].update(call="yes"),
            "workers[0].realms[0].roles[0].permissions[0].allow.call: must be true or false, not text",
        ),
    ],
)
def test_a_departure_is_named_with_its_path(edit: Edit, said: str) -> None:
    assert after(edit) == [said]


def test_all_departures_are_named_at_once() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        configuration["nonsense"] = 1
        router(configuration)["realms"][0]["name"] = 7
        listener(configuration)["endpoint"]["port"] = -1

    assert [problem.partition(":")[0] for problem in after(edit)] == [
        "workers[0].realms[0].name",
        "workers[0].transports[0].endpoint.port",
        "nonsense",
    ]


@pytest.mark.parametrize(
    ("edit", "path", "advice"),
    [
        (lambda c: router(c).update(options={}), "workers[0].options", "leave it out"),
        (
            lambda c: listener(c)["auth"].update({"cryptosign-proxy": {}}),
            "workers[0].transports[0].auth['cryptosign-proxy']",
            "use 'cryptosign'",
        ),
        (
            lambda c: listener(c)["auth"].update(
                tls={"type": "static", "principals": {"joe": {"role": "resident", "certificate-sha1": "ab"}}}
            ),
            "workers[0].transports[0].auth.tls.principals.joe['certificate-sha1']",
            "write the SHA-256",
        ),
        (
            lambda c: listener(c).update(options={"max_message_size": 1}),
            "workers[0].transports[0].options.max_message_size",
            "limits",
        ),
        (
            lambda c: listener(c).update(type="universal"),
            "workers[0].transports[0].type",
            "use 'web'",
        ),
    ],
)
def test_what_crossbar_has_and_wampi_has_not_gets_advice_of_its_own(edit: Edit, path: str, advice: str) -> None:
    (problem,) = after(edit)
    assert problem.startswith(f"{path}: ")
    assert advice in problem


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\n", "a" * 10_000, "\u202e"])
def test_a_hostile_key_is_shown_harmless_and_short(hostile: str) -> None:
    (problem,) = after(lambda c: c.update({hostile: 1}))
    assert problem.isascii() and problem.isprintable() and len(problem) < 250


def test_half_a_character_is_refused() -> None:
    assert after(lambda c: c.update({"\ud800": 1})) == ["holds half of a surrogate pair, which is no character"]
