"""A crowd of real processes in namespaces of their own, started by a C program."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent


def compile_c(name: str, folder: Path) -> str:
    """The program built from ``<name>.c`` beside this file."""
    program = folder / name
    subprocess.run(["cc", "-O2", "-Wall", "-o", program, HERE / f"{name}.c"], check=True)
    return str(program)


@contextlib.contextmanager
def gather(crowd: str, processes: int, groups: int) -> Iterator[None]:
    """The crowd, for as long as the context lasts."""
    with subprocess.Popen([crowd, str(processes), str(groups)], stdout=subprocess.PIPE, text=True) as leader:
        try:
            assert leader.stdout is not None
            if leader.stdout.readline() != "ready\n":
                raise SystemExit("the crowd did not gather: this needs root, and room for so many processes")
            yield
        finally:
            leader.kill()
