"""The page on second factors: its example logs in, and what it shows is what is shown."""

import re
import subprocess
import sys
import time
from pathlib import Path

from support.authenticator_app import AuthenticatorApp
from support.node import environment
from support.pages import ROOT
from support.store import PASSWORD
from support.waiting import PATIENCE_SECONDS
from support.web import WebHub

PAGE = (ROOT / "docs" / "auth" / "second-factor.md").read_text()


def test_the_example_logs_in_with_a_code(tmp_path: Path) -> None:
    hub = WebHub(tmp_path)
    try:
        with hub.accounts as accounts:
            app = AuthenticatorApp(accounts.second_factors.begin("anna"))
            accounts.second_factors.confirm("anna", app.code(time.time()))
        assert "python examples/second_factor.py wss://hub.local:8443/ws ca.pem anna" in PAGE
        url = f"wss://localhost:{hub.port}/ws"
        command = [sys.executable, "examples/second_factor.py", url, str(hub.node.data / "ca.pem"), "anna"]
        done = subprocess.run(
            command,
            input=f"{PASSWORD}\n{app.code(time.time() + 30)}\n",
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env=environment(),
        )
        assert "anna is in, as resident" in done.stdout, done.stderr
    finally:
        hub.close()


def test_it_shows_what_the_command_shows() -> None:
    source = (ROOT / "router" / "cli" / "second_factors.py").read_text()
    for line in ("Add this to an authenticator app:", "Code that it shows now: "):
        assert line in PAGE
        assert line in source
    assert re.search(r"needs a code to log in from now on\. Recovery codes, shown only now, each good once:", PAGE)
