"""What every client that has them sees of the router's features, step by step."""

from typing import Any

FEATURES: dict[str, Any] = {
    "welcome": {"authid": "alice", "authmethod": "wampcra"},
    "sum": 42,
    "echo": {"args": ["text", 1.5, None, [True, {"deep": "ü"}]], "kwargs": {"key": "value"}},
    "bytes": [0, 128, 127, 255],
    "progress": ["end", [1, 2, 3]],
    "canceled": "wamp.error.canceled",
    "timeout": "wamp.error.timeout",
    "error": {"error": "com.example.broken", "args": [1, "two"], "kwargs": {"n": 3}},
    "nobody": "wamp.error.no_such_procedure",
    "taken": "wamp.error.procedure_already_exists",
    "pattern": "com.example.any.thing",
    "turns": ["one", "other", "one", "other"],
    "caller": True,
    "registration": 1,
    "session": "alice",
    "unregistered": "wamp.error.no_such_procedure",
    "event": [{"args": ["hello"], "kwargs": {"n": 7}, "topic": "com.example.topic"}],
    "eligible": [[["c"], True]],
    "wildcard": [[["on"], "com.example.light.changed"]],
    "retained": [[["kept"], True]],
    "reserved": "wamp.error.invalid_uri",
    "testament": [["gone"]],
    "closed": "wamp.close.goodbye_and_out",
}
"""Step -> what a client says about it."""

INTERRUPTED = "wamp.error.runtime_error"
"""What autobahn-python answers to an INTERRUPT; with the mode ``kill`` the caller gets just that."""


def features(*left_out: str, **different: Any) -> list[dict[str, Any]]:
    """Return what a client says, less the steps that it has no way to take, and with what it shows in its own way."""
    shown = {**FEATURES, **different}
    return [{"what": what, "value": value} for what, value in shown.items() if what not in left_out]
