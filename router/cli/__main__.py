"""``python -m wampi.router.cli``: the same as ``wampi``."""

import sys

from . import main

sys.exit(main())
