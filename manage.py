#!/usr/bin/env python3
"""Isoscope's command line: ``manage.py help`` lists what it can do."""

import contextlib
import os
import signal
import sys
from pathlib import Path

SETTINGS = "dashboard.settings"
ON_THE_HOST = ("agent", "scan")
"""The commands that read this host and use no database."""


def main() -> None:
    choose_settings()
    from dashboard.management.command_line import main

    sys.exit(main(sys.argv))


def choose_settings() -> None:
    """The server's settings; for what only reads this host those of the agent, also where a server starts it."""
    chosen = os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if chosen == SETTINGS and sys.argv[1:2] and sys.argv[1] in ON_THE_HOST:
        os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.agent_settings"


def obey_at_once() -> None:
    """Let Ctrl-C end this process until it takes signals itself; ``make run`` held it back until here."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def watch_parent() -> None:
    """An agent ends with its parent from now on, before anything slow is imported."""
    from inspector.parent_pipe import end_with_parent

    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            os.setgroups([])  # root needs none
    end_with_parent(bare=True)


AS_ROOT = ("run", *ON_THE_HOST)
"""The commands that need root: they read this host. Of them ``run`` gives it up where it can."""


def be_root_among_others() -> None:
    """As root: neither write into the folders of another account nor read the configuration of one."""
    if Path(__file__).stat().st_uid != 0:
        sys.dont_write_bytecode = True
    if sys.argv[1:2] and sys.argv[1] in ON_THE_HOST:
        os.environ["HOME"] = "/root"  # sudo may leave us its caller's, where the Docker SDK looks for settings


def act_for_owner_of_data() -> None:
    """As root: use files with the rights of the data folder's owner; see ``inspector/owned_folder.py``."""
    choose_settings()
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from inspector.owned_folder import act_for_owner

    try:
        act_for_owner(settings.DATA_DIR)
    except ImproperlyConfigured:
        return  # the command itself says so
    except OSError as error:
        print(f"{error.filename or 'The data folder'} is not used: {error.strerror}.", file=sys.stderr)
        sys.exit(2)


def start() -> None:
    """Run the command that the arguments name, in this process, and end."""
    if os.geteuid() == 0:
        be_root_among_others()
    if sys.argv[1:2] == ["run"]:
        obey_at_once()
    if "--exit-with-parent" in sys.argv:
        watch_parent()
    if os.geteuid() == 0 and sys.argv[1:2] and sys.argv[1] not in AS_ROOT:
        act_for_owner_of_data()
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it of what Ctrl-C ended


if __name__ == "__main__":
    start()
