"""What the router itself offers, described as :mod:`.reflection` describes what others offer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from . import errors, meta, reflection
from .reflection import Definition, Kind, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

# topic -> what its event says, and the names of the event's arguments
_TOPICS: dict[str, tuple[str, list[str]]] = {
    "wamp.session.on_join": ("A session has joined.", ["details"]),
    "wamp.session.on_leave": ("A session has left.", ["session", "authid", "authrole"]),
    "wamp.registration.on_create": ("The first callee has registered a procedure.", ["session", "details"]),
    "wamp.registration.on_register": ("A callee has registered a procedure.", ["session", "registration"]),
    "wamp.registration.on_unregister": ("A callee answers a procedure no more.", ["session", "registration"]),
    "wamp.registration.on_delete": ("Nobody answers a procedure any more.", ["session", "registration"]),
    "wamp.subscription.on_create": ("The first subscriber has come to a topic.", ["session", "details"]),
    "wamp.subscription.on_subscribe": ("A subscriber has come to a topic.", ["session", "subscription"]),
    "wamp.subscription.on_unsubscribe": ("A subscriber has left a topic.", ["session", "subscription"]),
    "wamp.subscription.on_delete": ("Nobody subscribes to a topic any more.", ["session", "subscription"]),
    "wamp.reflect.on_define": (
        "A procedure, topic or error has been described, anew or for the first time.",
        ["uri", "schema", "is_new"],
    ),
    "wamp.reflect.on_undefine": ("A procedure, topic or error is described no more.", ["uri", "type"]),
}

# error -> when it comes
_ERRORS: dict[str, str] = {
    errors.INVALID_URI: "A URI is not well formed, or belongs to the router.",
    errors.NO_SUCH_PROCEDURE: "Nobody has registered the procedure.",
    errors.PROCEDURE_ALREADY_EXISTS: "Somebody has registered the procedure already.",
    errors.NO_SUCH_REGISTRATION: "There is no such registration, or it is not the session's.",
    errors.NO_SUCH_SUBSCRIPTION: "There is no such subscription, or it is not the session's.",
    errors.NO_SUCH_SESSION: "There is no such session.",
    errors.INVALID_ARGUMENT: "An argument is missing, unknown, or of the wrong type.",
    errors.CANCELED: "The call was cancelled, or its callee has gone.",
    errors.TIMEOUT: "The callee took too long.",
    errors.PAYLOAD_SIZE_EXCEEDED: "The message is larger than its receiver takes.",
    errors.NOT_AUTHORIZED: "The role may not do this.",
    errors.NO_AVAILABLE_CALLEE: "No callee is available at present.",
    errors.FEATURE_NOT_SUPPORTED: "The other side has not announced what this needs.",
    errors.DISCLOSE_ME_DISALLOWED: "The caller or publisher may not be disclosed here.",
    errors.LIMIT_EXCEEDED: "The request would pass a limit of the session or of the realm.",
    errors.HISTORY_UNAVAILABLE: "Past events cannot be read at present.",
    errors.REAUTHENTICATION_REQUIRED: "The login that let the session in is too old for this.",
}


@cache
def own_definitions() -> Mapping[Subject, Definition]:
    """Return the descriptions of the router's procedures, topics and errors; made when somebody first asks."""
    procedures = {uri: procedure.describe() for uri, procedure in (meta.PROCEDURES | reflection.PROCEDURES).items()}
    topics = {uri: {"description": description, "args": args} for uri, (description, args) in _TOPICS.items()}
    described: dict[Kind, Mapping[str, Definition]] = {
        "procedure": procedures,
        "topic": topics,
        "error": {uri: {"description": description} for uri, description in _ERRORS.items()},
    }
    return {
        Subject(kind, uri): {"uri": uri, "type": kind, **definition}
        for kind, definitions in described.items()
        for uri, definition in definitions.items()
    }
