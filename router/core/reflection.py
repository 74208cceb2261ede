"""Interface reflection: which procedures, topics and errors there are (advanced profile, "Interface Reflection").

The specification has a sketch of it, which gives names only; what they mean here stands in docs/protocol.md. A session
describes what it offers, the router describes its own. Everybody is shown what they may use and nothing else, and a
description is gone with the session that gave it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, get_args

from ..codec import JsonCodec, Unrepresentable
from . import errors
from .arguments import Procedure
from .errors import RequestError
from .limits import MAX_DEFINED_BYTES, MAX_DEFINITION_BYTES
from .session import Session
from .uris import is_reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .receivers import Audience
    from .registry import Registry

Kind = Literal["procedure", "topic", "error"]
Definition = dict[str, Any]
"""A description: ``uri`` and ``type`` (a :data:`Kind`), and whatever else its author says."""

_WIDEST = JsonCodec()
"""What JSON can carry, every serializer can: a description has to reach whoever asks for it."""


class Subject(NamedTuple):
    """What a description is about."""

    kind: Kind
    uri: str


class Announce(Protocol):
    """Publishes a meta event to those of its subscribers that the audience admits."""

    def __call__(self, topic: str, args: list[Any], *, audience: Audience) -> None:
        """Publish ``args`` to ``topic``."""


class Reflection:
    """The descriptions of one realm. ``own`` returns those of the router itself."""

    def __init__(self, registry: Registry, own: Callable[[], Mapping[Subject, Definition]], announce: Announce) -> None:
        self._registry = registry
        self._own = own
        self._announce = announce
        # what is described -> by whom, and how; the newest last
        self._given: defaultdict[Subject, dict[Session, Definition]] = defaultdict(dict)
        # session -> what it has described, and how many bytes that has
        self._held: defaultdict[Session, dict[Subject, int]] = defaultdict(dict)
        self._size_bytes = 0

    # ---- procedures --------------------------------------------------------------------------------------------

    def define(self, caller: Session, uri: str, schema: Definition | None = None) -> None:
        """Describe what the caller offers at a URI, or with null take back what it has described there."""
        if not schema:
            for subject in [subject for subject in self._held.get(caller, ()) if subject.uri == uri]:
                self._remove(caller, subject)
            return
        subject = Subject(_kind_of(schema), uri)
        _check_may_offer(caller, subject)
        self._put(caller, subject, schema | {"uri": uri})

    def describe(self, caller: Session, uri: str | None = None) -> list[Definition]:
        """Return all descriptions, or those of one URI."""
        subjects = self._subjects() if uri is None else (Subject(kind, uri) for kind in get_args(Kind))
        found = (self._shown_to(caller, subject) for subject in subjects)
        return [definition for definition in found if definition is not None]

    def procedure_list(self, caller: Session) -> list[str]:
        """List the procedures that the caller may call."""
        return self._list(caller, "procedure")

    def procedure_describe(self, caller: Session, procedure: str) -> Definition | None:
        """Return the description of a procedure, null where there is none that the caller may call."""
        return self._shown_to(caller, Subject("procedure", procedure))

    def topic_list(self, caller: Session) -> list[str]:
        """List the topics that are described and that the caller may subscribe to."""
        return self._list(caller, "topic")

    def topic_describe(self, caller: Session, topic: str) -> Definition | None:
        """Return the description of a topic, null where there is none that the caller may subscribe to."""
        return self._shown_to(caller, Subject("topic", topic))

    def error_list(self, caller: Session) -> list[str]:
        """List the errors that are described."""
        return self._list(caller, "error")

    def error_describe(self, caller: Session, error: str) -> Definition | None:
        """Return the description of an error, null where there is none."""
        return self._shown_to(caller, Subject("error", error))

    # ---- from within the router ----------------------------------------------------------------------------------

    def withdraw(self, session: Session) -> None:
        """Take back what a session has described and may no longer offer."""
        for subject in list(self._held.get(session, ())):
            if not _may_offer(session, subject):
                self._remove(session, subject)

    def leave(self, session: Session) -> None:
        """Take back what a session that is gone has described."""
        for subject in list(self._held.get(session, ())):
            self._remove(session, subject)

    # ---- what is given -------------------------------------------------------------------------------------------

    def _put(self, session: Session, subject: Subject, definition: Definition) -> None:
        held = self._held.get(session, {})
        size_bytes = _size_of(definition)
        if subject not in held and len(held) >= session.limits.definitions:
            most = session.limits.definitions
            raise RequestError(errors.LIMIT_EXCEEDED, f"a session may describe at most {most} procedures and topics")
        after = self._size_bytes - held.get(subject, 0) + size_bytes
        if after > MAX_DEFINED_BYTES:
            raise RequestError(errors.LIMIT_EXCEEDED, f"a realm has room for {MAX_DEFINED_BYTES} bytes of descriptions")
        before = self._newest(subject)
        self._size_bytes = after
        self._held[session][subject] = size_bytes
        given = self._given[subject]
        given.pop(session, None)
        given[session] = definition
        self._tell(subject, before)

    def _remove(self, session: Session, subject: Subject) -> None:
        before = self._newest(subject)
        held, given = self._held[session], self._given[subject]
        self._size_bytes -= held.pop(subject)
        del given[session]
        if not held:
            del self._held[session]
        if not given:
            del self._given[subject]
        self._tell(subject, before)

    def _tell(self, subject: Subject, before: Definition | None) -> None:
        """Announce what has become of a description, to those who may use what it is about."""
        after, audience = self._newest(subject), _Users(subject)
        if after is None:
            self._announce("wamp.reflect.on_undefine", [subject.uri, subject.kind], audience=audience)
        elif after != before:
            self._announce("wamp.reflect.on_define", [subject.uri, after, before is None], audience=audience)

    def _newest(self, subject: Subject) -> Definition | None:
        """Return the newest description of something."""
        given = self._given.get(subject)
        return given[next(reversed(given))] if given else None

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _subjects(self) -> Iterator[Subject]:
        """Iterate over everything that there is, described or not."""
        registered = (Subject("procedure", procedure) for procedure in self._registry.index.exact)
        yield from dict.fromkeys((*self._own(), *registered, *self._given))

    def _list(self, caller: Session, kind: Kind) -> list[str]:
        return [
            subject.uri
            for subject in self._subjects()
            if subject.kind == kind and self._shown_to(caller, subject) is not None
        ]

    def _shown_to(self, caller: Session, subject: Subject) -> Definition | None:
        """Return what a session is shown; a procedure that nobody has described shows that it is there."""
        found = self._own().get(subject) or self._newest(subject)
        if found is None and subject.kind == "procedure" and subject.uri in self._registry.index.exact:
            found = {"uri": subject.uri, "type": "procedure"}
        # A guard is asked about what exists only: it keeps its answers, and takes what it has kept for well formed.
        return found if found is not None and _Users(subject).admits(caller) else None


class _Users:
    """Those who may use what a description is about; an error concerns who may call or subscribe there."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def admits(self, session: Session) -> bool:
        kind, uri = self._subject
        guard = session.guard
        if kind == "error":
            return is_reserved(uri) or guard.may_know("call", uri) or guard.may_know("subscribe", uri)
        return guard.may_know("call" if kind == "procedure" else "subscribe", uri)


def _check_may_offer(session: Session, subject: Subject) -> None:
    """Raise :class:`RequestError` unless a session may register the procedure, or publish to the topic."""
    kind, uri = subject
    if kind == "procedure" or (kind == "error" and session.guard.serves(uri)):
        session.guard.check_register(uri, "exact")
    else:
        session.guard.may_publish(uri)


def _may_offer(session: Session, subject: Subject) -> bool:
    """Return whether a session that has described something might do so again."""
    try:
        _check_may_offer(session, subject)
    except RequestError:
        return False
    return True


def _kind_of(schema: Definition) -> Kind:
    kind: Kind | None = next((kind for kind in get_args(Kind) if kind == schema.get("type")), None)
    if kind is None:
        raise RequestError(errors.INVALID_ARGUMENT, "argument 'schema': its 'type' is 'procedure', 'topic' or 'error'")
    return kind


def _size_of(definition: Definition) -> int:
    """Return how large a description is; raises :class:`RequestError` for one that not everybody could be sent."""
    try:
        size_bytes = len(_WIDEST.dump(definition))
    except Unrepresentable as error:
        raise RequestError(errors.INVALID_ARGUMENT, f"argument 'schema': {error}") from None
    if size_bytes > MAX_DEFINITION_BYTES:
        raise RequestError(errors.LIMIT_EXCEEDED, f"a description may have at most {MAX_DEFINITION_BYTES} bytes")
    return size_bytes


_METHODS: dict[str, Callable[..., Any]] = {
    "reflect.define": Reflection.define,
    "reflect.describe": Reflection.describe,
    "reflection.procedure.list": Reflection.procedure_list,
    "reflection.procedure.describe": Reflection.procedure_describe,
    "reflection.topic.list": Reflection.topic_list,
    "reflection.topic.describe": Reflection.topic_describe,
    "reflection.error.list": Reflection.error_list,
    "reflection.error.describe": Reflection.error_describe,
}

PROCEDURES = {f"wamp.{name}": Procedure(method, given=2) for name, method in _METHODS.items()}
"""URI -> procedure."""
