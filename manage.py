#!/usr/bin/env python3
"""Isoscope's command line: ``manage.py help`` lists what it can do."""

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:  # until it takes signals itself there is no child to end: one ends it at once
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it of what Ctrl-C ended
