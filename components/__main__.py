"""`python -m wampi.components MODULE:CLASS …`: one component in a process of its own."""

import sys

from .reactor import install

if __name__ == "__main__":
    reactor = install()
    from .process import main

    sys.exit(main(sys.argv[1:], reactor))
