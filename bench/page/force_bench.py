"""How long the force arrangement of a thousand nodes takes, in the engine that runs the page's worker.

``python -m bench.page.force_bench``. Exit status 1 where the limit is exceeded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.figures import figure

SCRIPT: Final = Path(__file__).with_name("force.mjs")
PROCESSES: Final = 1100  # of which the host's and the kernel's are not drawn
LIMIT_MS: Final = 500


def main() -> int:
    text = subprocess.run(["node", SCRIPT, str(PROCESSES)], capture_output=True, check=True, text=True).stdout
    measured = json.loads(text)
    figure(f"force arrangement of {measured['nodes']:,} nodes", measured["ms"], "ms", LIMIT_MS)
    return 0 if measured["ms"] <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
