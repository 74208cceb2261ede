"""A bearer token on the WebSocket's own request (RFC 6750), for scripts; `wampi token add` makes one.

python bearer.py wss://home.local:8443/ws ca.pem token.txt
"""

from given import arguments, secret
from hub import Headers, visit

if __name__ == "__main__":
    given = arguments("token_file")
    way = Headers({"Authorization": f"Bearer {secret(given.token_file)}"})
    raise SystemExit(visit(given.url, given.ca_file, way))
