"""The base of all that can be served at a path of a web listener."""

from .section import Section


class WebPath(Section, frozen=True, kw_only=True):
    """What is served at one path of a web listener."""
