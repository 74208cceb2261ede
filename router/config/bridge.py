"""Paths of the HTTP bridge, by Crossbar's names: requests that become events and calls."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..unshown import Unshown
from .realms import Name
from .section import Section
from .webpaths import WebPath

Secret = Annotated[str, Meta(min_length=1, max_length=1024)]
File = Annotated[str, Meta(min_length=1, max_length=4096)]
Text = Annotated[str, Meta(max_length=4096)]


class BridgeOptions(Section, frozen=True, kw_only=True):
    """What every path of the bridge can demand; without ``require_tls``, clients on this machine need no TLS."""

    post_body_limit: Annotated[int, Meta(ge=1, le=1024 * 1024)] = 64 * 1024
    require_tls: bool | None = None
    require_ip: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...] = ()


class SignedOptions(Unshown, BridgeOptions, frozen=True, kw_only=True):
    """With a key and a secret, requests have to be signed; ``timestamp_delta_limit`` is in seconds."""

    key: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    secret: Secret | None = None
    secret_file: File | None = None
    timestamp_delta_limit: Annotated[int, Meta(ge=1, le=3600)] = 300


class CallerOptions(SignedOptions, frozen=True, kw_only=True):
    """Bounds on calls: milliseconds until one is given up, and how many may be under way."""

    call_timeout: Annotated[int, Meta(ge=100, le=100_000)] = 30_000
    concurrent_calls: Annotated[int, Meta(ge=1, le=10_000)] = 32


class WebhookOptions(Unshown, BridgeOptions, frozen=True, kw_only=True):
    """Where events go, and what the sender is told."""

    topic: str
    success_response: Text = "OK"
    error_response: Text = "NOT OK"
    github_secret: Secret | None = None
    github_secret_file: File | None = None


class BridgePath(WebPath, frozen=True, kw_only=True):
    """A path of the bridge: its session joins the realm with the role."""

    realm: Name
    role: Name


class PublisherPath(BridgePath, frozen=True, kw_only=True, tag_field="type", tag="publisher"):
    """Requests become events."""

    options: SignedOptions = SignedOptions()


class CallerPath(BridgePath, frozen=True, kw_only=True, tag_field="type", tag="caller"):
    """Requests become calls."""

    options: CallerOptions = CallerOptions()


class WebhookPath(BridgePath, frozen=True, kw_only=True, tag_field="type", tag="webhook"):
    """Whatever is sent becomes an event on one topic."""

    options: WebhookOptions


Bridge = PublisherPath | CallerPath | WebhookPath
"""Whatever stands at a path of the bridge."""
