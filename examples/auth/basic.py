"""HTTP Basic on the WebSocket's own request (RFC 7617).

python basic.py wss://home.local:8443/ws anna ca.pem
"""

import base64
import sys
from getpass import getpass

from session import join, origin_of


def main(url: str, name: str, ca_file: str) -> None:
    """Log in by name and password."""
    password = getpass(f"Password of {name}: ")
    pair = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    join(url, ca_file, {"Authorization": f"Basic {pair}", "Origin": origin_of(url)})


if __name__ == "__main__":
    main(*sys.argv[1:])
