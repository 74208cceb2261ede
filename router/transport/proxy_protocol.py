"""The PROXY protocol, versions 1 and 2: what a proxy that passes TLS through says before the first byte of it.

https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt -- read strictly. Twisted has a parser of it
(``twisted.protocols.haproxy``), which believes everybody, lets what is malformed end in tracebacks, and puts itself
between the socket and all that is ever read. Here only trusted proxies are listened to, for a bounded time and a
bounded number of bytes, and then everything is as if the client had connected itself.

Wiring::

    factory = ProxyProtocolFactory(over_tls(door, context), proxies, clock, log)
    reactor.listenTCP(port, factory)
"""

from __future__ import annotations

import re
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Factory, Protocol, connectionDone

from .addresses import remote_address
from .sender import ForwardedAddress

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory
    from twisted.python.failure import Failure

    from ..core.ports import Clock, Log, Timer
    from .proxies import Proxies

_LINE_START = b"PROXY "
_LONGEST_LINE = 107
"""Section 2.1: with the line's end."""

_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})")

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_HEAD_BYTES = 16
_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [^\r\n]*)?")
_PROXY_COMMAND, _LOCAL_COMMAND = 0x21, 0x20
_LARGEST_REST = 1024
"""What may stand behind the 16 bytes: addresses, and what else a proxy likes to tell, which is not looked at."""

_FORMS = {0x11: struct.Struct("!4s4sHH"), 0x21: struct.Struct("!16s16sHH")}
"""TCP over IPv4 and IPv6: two addresses and two ports."""


class BadProxyHeader(Exception):
    """What came is no beginning of a connection that is passed through; the sentence is for the log."""


Header = tuple[ForwardedAddress | None, int]
"""Whose a connection is, and where the header ends; None for the proxy's own (``UNKNOWN``, ``LOCAL``), by which it
looks whether the hub is there.
"""


def read_header(data: bytes) -> Header | None:
    """Return what a header says, None while it is not whole. Raises :class:`BadProxyHeader`."""
    if data.startswith(_LINE_START[: len(data)]):
        return _read_line(data)
    if data.startswith(_SIGNATURE[: len(data)]):
        return _read_binary(data)
    raise BadProxyHeader("the connection does not begin with a PROXY header")


def _read_line(data: bytes) -> Header | None:
    """Section 2.1, version 1."""
    end = data.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(data) >= _LONGEST_LINE:
            raise BadProxyHeader("the PROXY line is too long")
        return None
    if _UNKNOWN.fullmatch(data, 0, end):
        return None, end + 2
    match = _LINE.fullmatch(data[:end])
    if match is None:
        raise BadProxyHeader("the PROXY line names no client")
    try:
        client = ip_address(match[2].decode("ascii"))
    except ValueError:
        raise BadProxyHeader("the PROXY line has no address in it") from None
    is_of_family = client.version == (4 if match[1] == b"TCP4" else 6)
    if not is_of_family or int(match[4]) > 65_535:
        raise BadProxyHeader("the PROXY line contradicts itself")
    return _forwarded(client, int(match[4])), end + 2


def _read_binary(data: bytes) -> Header | None:
    """Section 2.2, version 2."""
    if len(data) < _HEAD_BYTES:
        return None
    command, family, size = struct.unpack_from("!BBH", data, len(_SIGNATURE))
    end, form = _HEAD_BYTES + size, _FORMS.get(family)
    is_local = command == _LOCAL_COMMAND  # whatever the rest says
    if size > _LARGEST_REST or not (is_local or (command == _PROXY_COMMAND and form is not None and form.size <= size)):
        raise BadProxyHeader("the PROXY header names no client")
    if len(data) < end:
        return None
    if is_local or form is None:
        return None, end
    packed, _, port, _ = form.unpack_from(data, _HEAD_BYTES)
    return _forwarded(ip_address(packed), port), end


def _forwarded(client: IPv4Address | IPv6Address, port: int) -> ForwardedAddress:
    if isinstance(client, IPv6Address) and client.ipv4_mapped is not None:
        client = client.ipv4_mapped
    return ForwardedAddress(str(client), port)


class ProxyProtocolFactory(Factory):
    """Makes what stands below TLS on a listener whose proxies pass it through; others are passed on at once."""

    noisy = False

    def __init__(self, within: IProtocolFactory, proxies: Proxies, clock: Clock, log: Log, seconds: float) -> None:
        """``seconds`` are for the header; ``within`` is the factory of what the clients speak."""
        self.within = within
        self.proxies = proxies
        self.clock = clock
        self.log = log
        self.seconds = seconds

    def buildProtocol(self, addr: IAddress | None) -> ProxiedConnection:  # noqa: N802 -- Twisted's signature
        """Return the protocol of a new connection."""
        return ProxiedConnection(self, addr)


class ProxiedConnection(Protocol):
    """One connection until it is known whose it is; from then on it only passes on its end."""

    transport: Any

    def __init__(self, factory: ProxyProtocolFactory, addr: IAddress | None) -> None:
        self._factory = factory
        self._addr = addr
        self._received = b""
        self._timer: Timer | None = None
        self._within: IProtocol | None = None

    def connectionMade(self) -> None:  # noqa: N802
        """Wait for a trusted proxy's header; let everybody else in as who he is."""
        if not self._factory.proxies.trust(remote_address(self.transport)):
            self._hand_on(self._addr, b"")
            return
        self._timer = self._factory.clock.call_later(self._factory.seconds, self._time_out)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Gather the header. Once handed on, the bytes do not pass here any more."""
        if self._timer is None:
            return
        self._received += data
        try:
            found = read_header(self._received)
        except BadProxyHeader as error:
            self._refuse(str(error))
            return
        if found is not None:
            client, end = found
            self._stop_timer()
            self._serve(client or self._proxy(), self._received[end:])

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Tell whoever is within."""
        self._stop_timer()
        if self._within is not None:
            self._within.connectionLost(reason)

    def _proxy(self) -> ForwardedAddress | None:
        """Return the proxy itself as a client: by its address alone, so that it is never on this machine."""
        address = remote_address(self.transport)
        return None if address is None else ForwardedAddress(str(address), self.transport.getPeer().port)

    def _serve(self, client: ForwardedAddress | None, received: bytes) -> None:
        if client is None:
            # By a UNIX socket, where whoever has no address is at the hub itself. It has seen that somebody is here.
            self.transport.loseConnection()
        else:
            self._hand_on(client, received)

    def _hand_on(self, client: IAddress | None, received: bytes) -> None:
        within = self._within = self._factory.within.buildProtocol(client)  # type: ignore[arg-type]
        self._received = b""
        if within is None:
            self.transport.abortConnection()
            return
        # On the instance, so that no byte takes the way through here any more.
        self.dataReceived = within.dataReceived  # type: ignore[method-assign]
        within.makeConnection(self.transport)
        if received:
            within.dataReceived(received)

    def _refuse(self, reason: str) -> None:
        self._stop_timer()
        self._factory.log.warn("connection of a proxy refused", address=remote_address(self.transport), reason=reason)
        self.transport.abortConnection()

    def _time_out(self) -> None:
        self._timer = None
        self._refuse("no PROXY header came in time")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
