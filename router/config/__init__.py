"""The configuration of a node: Crossbar's key names and nesting, as frozen types.

The types say what may stand in a file (:mod:`.node` is the root). :func:`read` turns a file into them; :func:`check`
finds what is wrong with the sense of it, as far as that shows without starting anything.
"""

from .checks import check
from .node import Node
from .problems import ConfigurationError, Problem, UnreadableFileError
from .reading import parse, read

__all__ = ["ConfigurationError", "Node", "Problem", "UnreadableFileError", "check", "parse", "read"]
