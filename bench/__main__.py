"""``make bench``: every figure beside its limit, one bench after another. Exit status 1 where a limit is exceeded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    wanted = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*_bench.py"))
    failed = [name for name in wanted if run(name) != 0]
    print(f"{len(wanted) - len(failed)} of {len(wanted)} benches within their limits", *failed, sep="\n  beyond: ")
    return 1 if failed else 0


def run(name: str) -> int:
    print(f"── {name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
