"""What all these examples do once they know how to log in: join the realm, say who they are, leave."""

import asyncio
import ssl
from urllib.parse import urlsplit

from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.types import CloseDetails, SessionDetails


# ruff: noqa: N802 -- the names are those of Autobahn
class Session(ApplicationSession):
    """Joins without naming a method: the hub then goes by what the request carried that the WebSocket began with."""

    async def onJoin(self, details: SessionDetails) -> None:
        """Say who one is, and leave."""
        print(f"logged in as {details.authid} ({details.authrole}) by {details.authmethod}", flush=True)
        self.leave()

    def onLeave(self, details: CloseDetails) -> None:
        """Say why one was not let in."""
        if details.reason != "wamp.close.normal":
            print(f"refused: {details.reason}: {details.message}", flush=True)
        self.disconnect()

    def onDisconnect(self) -> None:
        """End the program."""
        asyncio.get_event_loop().stop()


def trusting(ca_file: str) -> ssl.SSLContext:
    """A context that trusts the hub's own authority and nobody else."""
    return ssl.create_default_context(cafile=ca_file)


def origin_of(url: str) -> str:
    """The origin of the hub's own pages: a login that browsers send by themselves has to name it."""
    return f"https://{urlsplit(url).netloc}"


def join(url: str, ca_file: str, headers: dict[str, str]) -> None:
    """Open a WebSocket with these header fields, and join the realm `home` on it."""
    ApplicationRunner(url, "home", ssl=trusting(ca_file), headers=headers).run(Session)
