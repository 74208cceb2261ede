"""Stands for the library that Autobahn looks for: the one that it had before, which speaks UBJSON.

Its own, BJData, has the bytes in another order, and types that UBJSON has not, under the name of ``wamp.2.ubjson``.
"""

from ubjson import dumpb, loadb

__all__ = ["dumpb", "loadb"]
