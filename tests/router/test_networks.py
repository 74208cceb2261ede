import pytest
from wampi.router.networks import LocalAddress, is_local, source_of, source_of_peer


def test_a_source_is_an_ipv4_address_or_a_64_of_ipv6() -> None:
    assert source_of("192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("address", "is_own"), [(LocalAddress("127.0.0.1"), True), (None, True), ("127.0.0.1", False), ("192.0.2.7", False)]
)
def test_who_is_on_this_machine_is_known_by_the_connection_and_not_by_the_text_of_an_address(
    address: str | None, is_own: bool
) -> None:
    assert is_local(address) is is_own


def test_what_is_made_of_a_local_address_is_local_no_more() -> None:
    address = LocalAddress("127.0.0.1")
    assert [is_local(made) for made in (str(address), address.strip(), f"{address}", source_of(address))] == [False] * 4


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        ("tcp:192.0.2.7:51234", "tcp:192.0.2.7"),
        ("tcp:192.0.2.7", "tcp:192.0.2.7"),
        ("tcp:[2001:db8:1:2:3:4:5:6]:51234", "tcp:[2001:db8:1:2::/64]"),
        ("tcp:[2001:db8:1:2::9]", "tcp:[2001:db8:1:2::/64]"),
        ("unix", "unix"),
        ("http-bridge /call", "http-bridge /call"),
    ],
)
def test_a_peer_counts_for_its_address_without_the_port(peer: str, source: str) -> None:
    assert source_of_peer(peer) == source
