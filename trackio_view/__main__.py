"""`python -m trackio_view` is the console script."""

import sys

from trackio_view.cli import main

if __name__ == "__main__":
    sys.exit(main())
