"""What keeps a node from starting."""


class StartError(Exception):
    """The node can't start; the sentence says what was wrong, where, and what to do."""
