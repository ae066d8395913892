"""Compile the translations of the server's pages: ``python -m dashboard.assets.compile_messages``."""

from __future__ import annotations

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parents[2] / "locale"


def main() -> None:
    """Write a ``.mo`` beside every ``.po``."""
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


if __name__ == "__main__":
    main()
