"""Makes the benchmarks importable: they are run from the checkout and are no part of the package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
