"""The doorbell again, in plain autobahn-python, without the base class.

What the base class does for doorbell.py stands here in full: logging in, the testament, the retained state, and
saying in one sentence what is wrong with an argument. Autobahn reconnects by itself.

    python doorbell_autobahn.py wss://home.local:8443/ws doorbell doorbell.key ca.pem
    python doorbell_autobahn.py unix:/path/to/router.sock doorbell doorbell.key
"""

import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from autobahn.twisted.component import Component, run
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallDetails, PublishOptions, RegisterOptions, SessionDetails
from twisted.internet import reactor
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS

PREFIX = "wampi.doorbell.front."
RETAINED = PublishOptions(acknowledge=True, retain=True)


def state_event(presses: int | None, why: str, sequence: int, caller: CallDetails | None = None) -> dict[str, object]:
    """A state event as docs/protocol.md has it; `presses` is None when the doorbell is gone."""
    return {
        "kind": "doorbell",
        "id": "front",
        "name": "Front door",
        "available": presses is not None,
        "state": None if presses is None else {"presses": presses},
        "changed": [] if presses is None else ["presses"],
        "cause": {
            "why": why,
            "authid": caller.caller_authid if caller else None,
            "authrole": caller.caller_authrole if caller else None,
        },
        "fault": None,
        "sequence": sequence,
        "published_at": None if presses is None else time.time(),
    }


def endpoint_of(address: str, ca_file: str | None) -> IStreamClientEndpoint:
    """The stream under the WebSocket; over TLS, `ca_file` is the one authority that is trusted."""
    if address.startswith("unix:"):
        return UNIXClientEndpoint(reactor, address.removeprefix("unix:"))
    parts = urlsplit(address)
    authority = Certificate.loadPEM(Path(ca_file).read_bytes()) if ca_file else None
    host = parts.hostname or ""
    tls = optionsForClientTLS(host, trustRoot=authority)
    return wrapClientTLS(tls, HostnameEndpoint(reactor, host, parts.port or 443))


def make_doorbell(address: str, authid: str, key_file: str, ca_file: str | None = None) -> Component:
    """A component that joins the realm `home` and answers `wampi.doorbell.front.press`."""
    url = "ws://localhost/ws" if address.startswith("unix:") else address
    transport = {
        "type": "websocket",
        "url": url,
        "endpoint": endpoint_of(address, ca_file),
        "serializers": ["msgpack"],
    }
    key = Path(key_file).read_text(encoding="ascii").strip()
    doorbell = Component(
        transports=[transport],
        realm="home",
        authentication={"wampcra": {"authid": authid, "secret": key}},
    )
    presses = 0

    @doorbell.on_join  # type: ignore[untyped-decorator]
    async def joined(session: ApplicationSession, details: SessionDetails) -> None:
        async def press(*args: object, call: CallDetails, **kwargs: object) -> dict[str, int]:
            nonlocal presses
            visitor = args[0] if args else kwargs.get("visitor", "somebody")
            if not isinstance(visitor, str) or len(visitor) > 60:
                raise ApplicationError("wamp.error.invalid_argument", "visitor must be text of 0 to 60 characters")
            presses += 1
            session.publish(PREFIX + "rang", visitor=visitor)
            event = state_event(presses, "command", presses + 1, call)
            await session.publish(PREFIX + "state", options=RETAINED, **event)
            return {"presses": presses}

        gone = state_event(None, "lost", 0)
        await session.call("wamp.session.add_testament", PREFIX + "state", [], gone, publish_options={"retain": True})
        await session.register(press, PREFIX + "press", options=RegisterOptions(details_arg="call"))
        event = state_event(presses, "start", presses + 1)
        await session.publish(PREFIX + "state", options=RETAINED, **event)
        print("joined", flush=True)

    return doorbell


if __name__ == "__main__":
    run([make_doorbell(*sys.argv[1:])], log_level="info")
