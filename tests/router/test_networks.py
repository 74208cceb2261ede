import pytest
from wampi.router.networks import is_loopback, source_of


def test_a_source_is_an_ipv4_address_or_a_64_of_ipv6() -> None:
    assert source_of("192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("address", "is_own"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("192.0.2.7", False)]
)
def test_loopback_addresses_are_the_machines_own(address: str, is_own: bool) -> None:
    assert is_loopback(address) is is_own
