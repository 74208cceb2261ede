"""What the models of the dealer share: a registration with its policy, and what is compared after each step."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from support.core import Client, FakeRouter


class Member(Protocol):
    """A client, and what it should have been sent since the last step."""

    client: Client
    expected: list[Any]


@dataclass(eq=False)
class Shared:
    """A registration: its id, its policy, its callees in order, and whose turn it is."""

    id: int
    policy: str
    callees: list[Any] = field(default_factory=list)
    turn: int = 0

    def choose(self) -> Any:
        """Return the callee of the next call."""
        if self.policy == "roundrobin" and len(self.callees) > 1:
            place = self.turn % len(self.callees)
            self.turn = place + 1
            return self.callees[place]
        # the random numbers of the tests are as large as they can be
        return self.callees[0 if self.policy in ("single", "first", "roundrobin") else -1]

    def choose_next(self, tried: list[Any]) -> Any:
        """Return the callee after those that have been tried, None when there is none."""
        left = [callee for callee in self.callees if callee not in tried]
        if not left or self.policy == "single":
            return None
        if self.policy != "roundrobin":
            return left[0] if self.policy == "first" else left[-1]
        while True:
            callee = self.callees[self.turn % len(self.callees)]
            self.turn = self.turn % len(self.callees) + 1
            if callee in left:
                return callee

    def remove(self, callee: Any) -> None:
        """Take out a callee; the turn stays with whose it is next."""
        self.turn -= self.callees.index(callee) < self.turn
        self.callees.remove(callee)


def check_received(members: Iterable[Member]) -> None:
    """Everybody has got what the model says, and nothing else."""
    for member in members:
        got = [message[:5] for message in member.client.take()]
        assert sorted(got, key=repr) == sorted(member.expected, key=repr)
        member.expected.clear()


def check_kept(home: FakeRouter, calls: int, timers: int) -> None:
    """The router keeps just so many calls and timers."""
    sessions = home.realm.sessions.values()
    assert sum(len(session.calls) for session in sessions) == calls
    assert sum(len(session.invocations) for session in sessions) == calls
    assert len(home.clock.twisted.getDelayedCalls()) == timers
