"""HTTPS with a provider: how long it may take, and where it may lead."""

from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock
from wampi.router.http.oidc.fetch import SECONDS, Fetcher, ProviderError, check_address


def test_a_provider_that_does_not_answer_is_given_up_after_ten_seconds() -> None:
    reactor = MemoryReactorClock()
    outcomes: list[Any] = []
    Fetcher(reactor, seconds=SECONDS).get("https://127.0.0.1/x").addBoth(outcomes.append)
    reactor.advance(SECONDS - 0.1)
    assert outcomes == []
    reactor.advance(0.2)
    [failure] = outcomes
    assert isinstance(failure.value, ProviderError)


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/",
        "https:///",
        "https://user@id.example/",
        "https://id.example/\n",
        "https://id.example/\u00e9",
        "ftp://id.example/",
        "",
        None,
        7,
    ],
)
def test_only_addresses_of_https_are_asked(url: object) -> None:
    with pytest.raises(ProviderError):
        check_address(url)
