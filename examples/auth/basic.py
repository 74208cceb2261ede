"""HTTP Basic on the WebSocket's own request (RFC 7617).

python basic.py wss://home.local:8443/ws ca.pem anna password.txt
"""

import base64

from given import arguments, secret
from hub import Headers, visit
from over_https import origin_of

if __name__ == "__main__":
    given = arguments("authid", "password_file")
    pair = base64.b64encode(f"{given.authid}:{secret(given.password_file)}".encode()).decode("ascii")
    way = Headers({"Authorization": f"Basic {pair}", "Origin": origin_of(given.url)})
    raise SystemExit(visit(given.url, given.ca_file, way))
