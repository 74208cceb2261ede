"""A bearer token on the WebSocket's own request (RFC 6750), for scripts; `wampi token add` makes one.

python bearer.py wss://home.local:8443/ws token.txt ca.pem
"""

import sys
from pathlib import Path

from session import join


def main(url: str, token_file: str, ca_file: str) -> None:
    """Log in by the token in a file that nobody else can read."""
    token = Path(token_file).read_text(encoding="ascii").strip()
    join(url, ca_file, {"Authorization": f"Bearer {token}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
