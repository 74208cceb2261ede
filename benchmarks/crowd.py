"""How long a session that calls every 100 ms waits while others log in as fast as they can.

    make bench BENCH="--only crowd"

All over TLS, with WAMP-CRA. The session calls a procedure of its own, which is two messages in and two out.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from statistics import median

from . import generator, routers
from .session import Session, p99, paced

LOGINS = generator.Work("logins", "json", tls=True, in_flight=4)


@dataclass(frozen=True)
class Crowd:
    """What the session saw, milliseconds, while so many others logged in each second."""

    router: str
    logins_per_second: float
    calls: int
    p50_ms: float
    p99_ms: float
    longest_ms: float


def measure(router: routers.RunningRouter, seconds: float) -> Crowd:
    """Call beside logins for so long; raises LoadError when a login fails."""
    with closing(Session(router, tls=True)) as session, ThreadPoolExecutor(1) as beside:
        session.register()
        logins = beside.submit(generator.run, LOGINS, router, seconds)
        calls = [1000 * took for took in paced(session.call, logins.done)]
        rate = logins.result()["per_second"]
    return Crowd(router.name, rate, len(calls), median(calls), p99(calls), max(calls))


def line(one: Crowd) -> str:
    """Return one line on what the session saw."""
    return (
        f"{one.router}: beside {one.logins_per_second:.0f} logins a second, {one.calls} calls took {one.p50_ms:.1f} ms "
        f"(median), {one.p99_ms:.1f} ms (p99), at most {one.longest_ms:.1f} ms"
    )
