"""Logs in as often as it can, rightly and wrongly, until its standard input ends; prints how often.

Usage: login_flood.py URL CA_FILE AUTHID KEY_FILE; the account is a device's, so that signing costs this side nothing.
"""

import hmac
import json
import ssl
import sys
import threading
from base64 import b64encode
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

THREADS = 4
ROLES = {"caller": {}}

url, ca_file, authid, key_file = sys.argv[1:]
key = Path(key_file).read_bytes().strip()
trust = ssl.create_default_context(cafile=ca_file)
is_over = threading.Event()
counts = {"right": 0, "wrong": 0}


def attempt(name: str, secret: bytes) -> bool:
    """Log in once; return whether that was allowed."""
    with connect(url, ssl=trust, subprotocols=[Subprotocol("wamp.2.json")]) as socket:
        socket.send(json.dumps([1, "home", {"roles": ROLES, "authid": name, "authmethods": ["wampcra"]}]))
        extra = json.loads(socket.recv())[2]
        signature = b64encode(hmac.digest(secret, extra["challenge"].encode(), "sha256")).decode()
        socket.send(json.dumps([5, signature, {}]))
        return bool(json.loads(socket.recv())[0] == 2)


def flood(number: int) -> None:
    """Log in rightly and wrongly in turn."""
    turn = 0
    while not is_over.is_set():
        turn += 1
        try:
            if attempt(authid, key):
                counts["right"] += 1
            if not attempt(f"nobody{number}-{turn}", b"guess"):
                counts["wrong"] += 1
        except (WebSocketException, OSError):
            continue


threads = [threading.Thread(target=flood, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
sys.stdin.read()
is_over.set()
for thread in threads:
    thread.join()
print(json.dumps(counts))
