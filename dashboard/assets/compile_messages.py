"""Compile the translations of the server's pages: ``python -m dashboard.assets.compile_messages``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parents[2] / "locale"


def main(folder: Path = LOCALE, retell: Callable[[str], str] = str) -> None:
    """Write a ``.mo`` into ``folder`` for every ``.po``; ``retell`` is done to each text before."""
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        messages = polib.pofile(str(path))
        for entry in messages:
            entry.msgid, entry.msgstr = retell(entry.msgid), retell(entry.msgstr)
        messages.save_as_mofile(str(folder / path.relative_to(LOCALE).with_suffix(".mo")))


if __name__ == "__main__":
    main()
