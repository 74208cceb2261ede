"""The users of this machine."""

import pwd


def user_name(uid: int) -> str:
    """Return the name of a user; of one without a name, the number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
