"""Isoscope as a package: everything is in this folder, which is laid out like a checkout."""

import sys
from pathlib import Path


def main() -> None:
    """The command ``isoscope``. Our modules are found here first, and nobody else's programs find them."""
    sys.path.insert(0, str(Path(__file__).parent))
    from manage import start

    start()
