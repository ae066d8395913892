"""A setting that cannot be used ends a program with one line and exit status 2, whichever program it is."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from inspector.analysis.text.escape import write_out

EXIT_STATUS: Final = 2


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """End the process where the block refuses a setting."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(say_refusal(error))


def say_refusal(error: ImproperlyConfigured) -> int:
    """Print which setting is refused and what it takes; return the exit status."""
    say_to_stderr(str(error))
    return EXIT_STATUS


def say_to_stderr(text: str) -> None:
    """Print one line to standard error, if it is still open."""
    with contextlib.suppress(OSError):
        print(write_out(text), file=sys.stderr, flush=True)
