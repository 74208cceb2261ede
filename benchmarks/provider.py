"""A provider of OpenID Connect for a flood: ``python -m benchmarks.provider CERTIFICATE_FILE`` prints its issuer.

It knows nobody: a code is good for one login, whose nonce it is. It ends with its standard input.
"""

import os
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from . import routers

sys.path.append(str(routers.ROOT / "tests"))

from support.forging_provider import ForgingProvider


class Provider(ForgingProvider):
    """A provider whose users are all at once the same."""

    def __init__(self, certificate: Path) -> None:
        self._one_at_a_time = threading.Lock()
        super().__init__(certificate)

    def answer(self, path: str, form: dict[str, str], authorization: str | None) -> dict[str, Any]:
        """Answer a request; a code is the nonce of the login that it is for."""
        with self._one_at_a_time:
            self.nonce = form.get("code", "")
            return super().answer(path, form, authorization)


if __name__ == "__main__":
    os.nice(19)
    with closing(Provider(Path(sys.argv[1]))) as provider:
        print(provider.issuer, flush=True)
        sys.stdin.read()
