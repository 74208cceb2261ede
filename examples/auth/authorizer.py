"""An authorizer: a procedure that the hub asks about each request of a role. Here, what children may do.

python authorizer.py wss://home.local:8443/ws ca.pem doorman doorman.key
"""

from typing import Any

from callee import serve
from given import arguments

PROCEDURE = "com.example.authorize"


def authorize(session: dict[str, Any], uri: str, action: str, options: dict[str, Any]) -> dict[str, bool]:
    """Children see what goes on, whole prefixes too, and switch the light of their own room; nothing else."""
    is_exact = options.get("match", "exact") == "exact"
    if action == "subscribe":
        is_allowed = uri.startswith("wampi.") and (is_exact or options["match"] == "prefix")
    else:
        is_allowed = action == "call" and is_exact and uri.startswith(f"wampi.lighting.{session['authid']}.")
    # What has been answered once is not asked again, until roles or grants change; the device learns who has called.
    return {"allow": is_allowed, "disclose": True, "cache": True}


if __name__ == "__main__":
    serve(arguments("authid", "key_file"), PROCEDURE, authorize)
