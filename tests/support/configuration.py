"""A small configuration that is right, to be made wrong in one place."""

import json
from pathlib import Path
from typing import Any

from wampi.router.config import ConfigurationError, check, parse


def small_configuration() -> dict[str, Any]:
    """A router with one realm, one role and one listener on loopback; and a guest."""
    return {
        "version": 2,
        "workers": [
            {
                "type": "router",
                "realms": [
                    {
                        "name": "home",
                        "roles": [
                            {"name": "resident", "permissions": [permission("wampi.", match="prefix", call=True)]},
                        ],
                    }
                ],
                "transports": [
                    {
                        "type": "websocket",
                        "endpoint": {"type": "tcp", "port": 9000, "interface": "127.0.0.1"},
                        "auth": {"anonymous": {"type": "static", "role": "resident"}},
                    }
                ],
            }
        ],
    }


def permission(uri: str, match: str | None = None, **allow: bool) -> dict[str, Any]:
    """One rule of a role."""
    rule: dict[str, Any] = {"uri": uri, "allow": allow}
    return rule | ({"match": match} if match else {})


def router(configuration: dict[str, Any]) -> dict[str, Any]:
    """The router worker."""
    worker: dict[str, Any] = configuration["workers"][0]
    return worker


def listener(configuration: dict[str, Any]) -> dict[str, Any]:
    """The first listener."""
    transport: dict[str, Any] = router(configuration)["transports"][0]
    return transport


def problems(configuration: object, data_dir: Path) -> list[str]:
    """All that is wrong, as `wampi check` prints it, without the name of the file."""
    try:
        node = parse(json.dumps(configuration).encode(), "FILE")
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]
    return [str(problem) for problem in check(node, data_dir)]
