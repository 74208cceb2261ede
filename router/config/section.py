"""What all parts of the configuration have in common."""

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One JSON object of the configuration; it takes no key that it does not declare."""
