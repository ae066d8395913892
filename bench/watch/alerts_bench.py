"""From a change in the kernel to the receiver of a webhook.

``python -m bench.watch.alerts_bench`` as root; exit status 1 where the limit is exceeded. A real server and a real
agent with their defaults, one rule, and a receiver on loopback. Late is from the start of ``unshare``, which makes a
namespace, to the arrival of the message.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import figure
from tests.support.alert_receiver import Receiver
from tests.support.running import ROOT, Run, free_port, wait_for
from tests.support.signed_in import sign_in

MOST_S: Final = 1.0
CHANGES: Final = 20

RULE: Final = """
from dashboard.models import AlertRule
AlertRule.objects.create(name="bench", target={target!r}, kinds=["isolate-began"], once=False, group_s=0)
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as name, Receiver() as receiver:
        run = Run(Path(name) / "data", "--port", str(free_port()), ISOSCOPE_ALERT_NETWORKS="127.0.0.0/8")
        try:
            sign_in(run)
            wait_for(lambda: "agent" in run.children())
            shell = [sys.executable, "manage.py", "shell", "-v0", "-c", RULE.format(target=receiver.url)]
            subprocess.run(shell, cwd=ROOT, env=run.environ, check=True)
            measure(receiver)  # the first one waits for the agent's first scan
            late = median(measure(receiver) for _ in range(CHANGES))
        finally:
            run.stop()
    figure("from the change to the receiver of the webhook, median", late, "s", MOST_S)
    return 0 if late <= MOST_S else 1


def measure(receiver: Receiver) -> float:
    """Seconds from one change to its message."""
    for _ in range(20):
        known, began = len(receiver.arrived), time.monotonic()
        with subprocess.Popen(["unshare", "--net", "sleep", "3"]) as sleeper:
            try:
                return receiver.wait_for(known + 1, 5)[-1].at - began
            except AssertionError:
                continue
            finally:
                sleeper.kill()
    raise AssertionError("no message arrived")


if __name__ == "__main__":
    sys.exit(main())
