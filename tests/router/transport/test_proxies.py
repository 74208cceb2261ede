"""What a proxy is believed, and by whom nothing is."""

from typing import Any

import pytest
from wampi.router.networks import LocalAddress, is_local
from wampi.router.transport.head import BadRequest, RequestHead
from wampi.router.transport.proxies import NO_PROXIES, Proxies
from wampi.router.transport.sender import Sender

PROXY = Sender("192.0.2.1", "tcp:192.0.2.1:5", secure=True)
HERE = Sender(LocalAddress("127.0.0.1"), "tcp:127.0.0.1:5", secure=False)
SOCKET = Sender(None, "unix", secure=False)
PROXIES = Proxies.of(["192.0.2.1", "198.51.100.0/24", "2001:db8:1::/48", "127.0.0.1"])


def head(*forwarded: str, proto: str | None = "https", **fields: str) -> RequestHead:
    """A request with these X-Forwarded-For fields."""
    found: dict[str, list[str]] = {"host": ["hub.test"]}
    if forwarded:
        found["x-forwarded-for"] = list(forwarded)
    if proto is not None:
        found["x-forwarded-proto"] = [proto]
    return RequestHead("GET", "/", found | {name.replace("_", "-"): [value] for name, value in fields.items()})


def client(*forwarded: str, proxies: Proxies = PROXIES) -> str | None:
    return proxies.sender(head(*forwarded), PROXY).address


@pytest.mark.parametrize(("forwarded", "address"), [
    (("203.0.113.9",), "203.0.113.9"),
    (("10.9.9.9, 203.0.113.9",), "203.0.113.9"),
    (("10.9.9.9", "203.0.113.9"), "203.0.113.9"),
    (("203.0.113.9, 198.51.100.7",), "203.0.113.9"),
    (("127.0.0.1, 203.0.113.9, 198.51.100.7, 192.0.2.1",), "203.0.113.9"),
    (("203.0.113.9 ,\t198.51.100.7",), "203.0.113.9"),
    (("2001:db8:2::9, 2001:db8:1::7",), "2001:db8:2::9"),
    (("::ffff:203.0.113.9",), "203.0.113.9"),
    (("2001:DB8:2:0:0::9",), "2001:db8:2::9"),
    (("198.51.100.7, 192.0.2.1",), "198.51.100.7"),
])  # fmt: skip
def test_the_client_is_the_last_address_that_is_no_trusted_proxys(forwarded: tuple[str, ...], address: str) -> None:
    assert client(*forwarded) == address


def test_what_a_client_writes_before_its_own_address_is_no_use() -> None:
    for written in ("127.0.0.1", "192.0.2.1", "10.0.0.1, 192.0.2.1", "::1"):
        assert client(f"{written}, 203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize("garbage", [
    "unknown", "_hidden", "", ",", "203.0.113.9,", "203.0.113.9:80", "[2001:db8::1]", "[2001:db8::1]:80",
    "fe80::1%eth0", "203.0.113", "203.0.113.009", "0x7f.1", "2130706433", "hub.test", "203.0.113.9 198.51.100.7",
    "unknown, 203.0.113.9", "\xa0203.0.113.9", "203.0.113.9;", '"203.0.113.9"', "for=203.0.113.9",
])  # fmt: skip
def test_what_is_no_list_of_addresses_is_refused(garbage: str) -> None:
    with pytest.raises(BadRequest) as refused:
        client(garbage)
    assert refused.value.code == 400


@pytest.mark.parametrize(
    "forwarded", [["203.0.113.9"] * 17, [", ".join(["203.0.113.9"] * 17)], [" " * 1025 + "1.2.3.4"]]
)
def test_a_list_that_is_too_long_is_refused(forwarded: list[str]) -> None:
    assert client(*["203.0.113.9"] * 16) == "203.0.113.9"
    with pytest.raises(BadRequest) as refused:
        client(*forwarded)
    assert refused.value.code == 400


@pytest.mark.parametrize("fields", [
    {}, {"x_real_ip": "203.0.113.9"}, {"forwarded": "for=203.0.113.9;proto=https"}, {"x_forwarded_host": "evil.test"},
])  # fmt: skip
def test_a_trusted_proxy_that_does_not_say_for_whom_it_speaks_is_refused_and_told_what_is_missing(
    fields: dict[str, str],
) -> None:
    with pytest.raises(BadRequest, match="let it set X-Forwarded-For"):
        PROXIES.sender(head(**fields), PROXY)


@pytest.mark.parametrize(
    ("proto", "is_secure"), [("https", True), ("HTTPS", True), ("wss", True), ("http", False), ("ws", False)]
)
def test_how_the_client_came_is_what_the_proxy_says(proto: str, is_secure: bool) -> None:
    sender = PROXIES.sender(head("203.0.113.9", proto=proto), PROXY)
    assert (sender.secure, sender.scheme) == (is_secure, "https" if is_secure else "http")


@pytest.mark.parametrize("proto", [None, "", "https, http", "on", "ftp"])
def test_a_proxy_that_does_not_say_how_the_client_came_is_refused(proto: str | None) -> None:
    with pytest.raises(BadRequest, match="X-Forwarded-Proto"):
        PROXIES.sender(head("203.0.113.9", proto=proto), PROXY)


def test_two_words_about_how_the_client_came_are_refused() -> None:
    request = head("203.0.113.9")
    request.fields["x-forwarded-proto"] = ["https", "http"]
    with pytest.raises(BadRequest, match="X-Forwarded-Proto"):
        PROXIES.sender(request, PROXY)


@pytest.mark.parametrize(("hop", "may_be_read", "is_secure"), [
    (HERE, False, True),
    (SOCKET, False, True),
    (PROXY, False, True),
    (Sender("192.0.2.1", "tcp:192.0.2.1:5", secure=False), False, False),
    (Sender("192.0.2.1", "tcp:192.0.2.1:5", secure=False), True, True),
])  # fmt: skip
def test_https_counts_only_where_nobody_can_read_between_the_proxy_and_the_hub(
    hop: Sender, may_be_read: bool, is_secure: bool
) -> None:
    proxies = Proxies.of(["192.0.2.1", "127.0.0.1", "unix"], may_be_read=may_be_read)
    assert proxies.sender(head("203.0.113.9"), hop).secure is is_secure
    assert not proxies.sender(head("203.0.113.9", proto="http"), hop).secure


@pytest.mark.parametrize("hop", [HERE, SOCKET])
@pytest.mark.parametrize("forwarded", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "203.0.113.9"])
def test_whoever_comes_by_a_proxy_is_never_on_this_machine(hop: Sender, forwarded: str) -> None:
    sender = Proxies.of(["127.0.0.1", "unix"]).sender(head(forwarded), hop)
    assert not is_local(sender.address)
    assert not sender.speaks_itself


@pytest.mark.parametrize("proxies", [NO_PROXIES, PROXIES, Proxies.of(["unix"])])
def test_from_everybody_else_the_fields_say_nothing(proxies: Proxies) -> None:
    stranger = Sender("203.0.113.66", "tcp:203.0.113.66:5", secure=False)
    assert proxies.sender(head("127.0.0.1", x_real_ip="127.0.0.1", forwarded="for=127.0.0.1"), stranger) is stranger
    assert proxies.sender(head("garbage", proto="?"), stranger) is stranger


@pytest.mark.parametrize(
    "field", ["x_forwarded_for", "x_forwarded_proto", "x_forwarded_host", "x_real_ip", "forwarded", "via"]
)
def test_a_proxy_on_this_machine_that_nobody_named_makes_no_local_clients(field: str) -> None:
    sender = NO_PROXIES.sender(head(proto=None, **{field: "x"}), HERE)
    assert (sender.address, is_local(sender.address), sender.secure) == ("127.0.0.1", False, False)
    assert NO_PROXIES.sender(head(proto=None), HERE) is HERE


def test_a_proxy_at_a_unix_socket_that_nobody_named_is_refused() -> None:
    assert NO_PROXIES.sender(head(proto=None), SOCKET) is SOCKET
    with pytest.raises(BadRequest, match="name 'unix' among the trusted_proxies"):
        NO_PROXIES.sender(head("203.0.113.9"), SOCKET)


def test_where_proxies_pass_connections_through_nothing_in_a_request_counts() -> None:
    proxies = Proxies.of(["192.0.2.1"], passes_through=True)
    passed: Any = Sender("203.0.113.9", "tcp:203.0.113.9:7", secure=True)
    assert proxies.sender(head("198.51.100.1"), passed) is passed
    assert not proxies.speak_for_others(PROXY)
