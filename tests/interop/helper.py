"""Stock autobahn-python on asyncio as a callee that can be interrupted, as JavaScript's clients cannot.

Usage: python helper.py URL REALM AUTHID SECRET; prints a line when it can be called.
"""

import asyncio
import sys
from typing import Any

from autobahn.asyncio.component import Component, run
from autobahn.wamp.types import CallDetails, RegisterOptions

URL, REALM, AUTHID, SECRET = sys.argv[1:]
component = Component(
    transports=[{"type": "websocket", "url": URL, "serializers": ["cbor"]}],
    realm=REALM,
    authentication={"wampcra": {"authid": AUTHID, "secret": SECRET}},
)


async def count(most: int, details: CallDetails) -> str:
    """Count to ``most`` in progressive results."""
    for number in range(1, most + 1):
        if details.progress is not None:
            details.progress(number)
    return "end"


def slow() -> asyncio.Future[None]:
    """Answer never; autobahn itself answers for it once the call is interrupted."""
    return asyncio.get_running_loop().create_future()


@component.on_join
async def joined(session: Any, _details: Any) -> None:
    await session.register(count, "com.example.helper.count", RegisterOptions(details_arg="details"))
    await session.register(slow, "com.example.helper.slow")
    print("ready", flush=True)


run([component], log_level=None)
