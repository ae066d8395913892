"""Daphne as the launcher's child: takes Daphne's arguments, runs the retention thread, and ends with its parent.

Slow imports come after the parent's pipe is watched.
"""

from __future__ import annotations

import os
import resource
import stat

from inspector.parent_pipe import end_with_parent


def main() -> None:
    """Serve until the process ends. The static files are made first; the retention thread is stopped first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    import django

    from dashboard.config.refusal import refusing

    with refusing():
        django.setup()
    from django.conf import settings

    from dashboard.alerts.teller import Teller
    from dashboard.assets.collected import collect_if_needed
    from dashboard.serving import folder_lock
    from dashboard.serving.command_line import CommandLine
    from dashboard.serving.retention_thread import RetentionThread
    from inspector.owned_folder import act_for_owner

    os.umask(0o077)  # what is written into the data folder is for its owner alone
    act_for_owner(settings.DATA_DIR)
    collect_if_needed()
    raise_open_files()
    lock = folder_lock.share(settings.DATA_DIR)
    retention = RetentionThread()
    teller = Teller()
    retention.start()
    teller.start()
    try:
        CommandLine.entrypoint()
    finally:
        teller.stop()
        retention.stop()
        if lock is not None:
            lock.close()


def raise_open_files() -> None:
    """Raise the limit of open files as far as allowed: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    if stat.S_ISFIFO(os.fstat(0).st_mode):  # the launcher's pipe; a service manager gives /dev/null
        end_with_parent()
    main()
