"""Anonymous: no login at all, where the configuration allows it.

python anonymous.py wss://home.local:8443/ws ca.pem
"""

from given import arguments
from hub import Way, visit

if __name__ == "__main__":
    given = arguments()
    raise SystemExit(visit(given.url, given.ca_file, Way()))
