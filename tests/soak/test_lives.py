"""A session's whole life, thousands of times: the router's memory and descriptors stay where they were.

``make soak`` runs 100 000 lives, the test suite 2000.
"""

import os
from pathlib import Path

from benchmarks import lives, routers

LIVES = int(os.environ.get("WAMPI_SOAK_SESSIONS", "2000"))


def test_memory_and_descriptors_stay_flat(tmp_path: Path) -> None:
    with routers.start("wampi", tmp_path) as router:
        lived = lives.measure(router, LIVES)
        assert "Traceback" not in router.log.read_text()
    print(lives.line(lived))
    assert lived.grown_bytes < lives.MOST_GROWN_BYTES
    assert lived.more_descriptors <= 0
