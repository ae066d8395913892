#!/usr/bin/env python3
"""Isoscope's command line: ``manage.py help`` lists what it can do."""

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    from dashboard.management.command_line import main

    sys.exit(main(sys.argv))


def obey_at_once() -> None:
    """Let Ctrl-C end this process until it takes signals itself; ``make run`` held it back until here."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def watch_parent() -> None:
    """End with the parent from now on, before anything slow is imported."""
    from inspector.parent_pipe import end_with_parent

    end_with_parent()


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        obey_at_once()
    if "--exit-with-parent" in sys.argv:
        watch_parent()
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it of what Ctrl-C ended
