"""``make bench``: every figure beside its limit, one bench after another. Exit status 1 where a limit is exceeded.

``python -m bench NAME …`` runs only the named benches.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE = Path(__file__).resolve().parent

SET_UPS: Final[dict[str, tuple[list[str], ...]]] = {
    "hosts_bench": ([], ["--servers", "2", "--calm", "400", "--busy", "0"])
}
"""The arguments of a bench that is run once for each of them."""


def main() -> int:
    wanted = parse(sys.argv[1:])
    failed = [name for name in wanted if run(name) != 0]
    print(f"{len(wanted) - len(failed)} of {len(wanted)} benches within their limits", *failed, sep="\n  beyond: ")
    return 1 if failed else 0


def parse(arguments: list[str]) -> list[str]:
    """The names of the benches to run: those asked for, or all of them."""
    names = sorted(modules())
    parser = argparse.ArgumentParser("python -m bench", description="Run benches; each figure is beside its limit.")
    parser.add_argument("name", nargs="*", help="one of: " + ", ".join(names))
    wanted: list[str] = parser.parse_args(arguments).name
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"no such bench: {', '.join(unknown)}")
    return wanted or names


def modules() -> dict[str, str]:
    """Each bench, and the module that it is."""
    found = (path.relative_to(HERE.parent).with_suffix("") for path in HERE.rglob("*_bench.py"))
    return {path.name: ".".join(path.parts) for path in found}


def run(name: str) -> int:
    """How many set-ups of a bench were beyond their limits."""
    return sum(run_once(name, arguments) != 0 for arguments in SET_UPS.get(name, ([],)))


def run_once(name: str, arguments: list[str]) -> int:
    print("──", name, *arguments, flush=True)
    command = [sys.executable, "-m", modules()[name], *arguments]
    return subprocess.run(command, cwd=HERE.parent, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
