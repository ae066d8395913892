"""Whether the static files were collected from the present sources, and collecting them where they were not."""

from __future__ import annotations

import fcntl
import hashlib
import logging
from pathlib import Path
from typing import Final, Literal

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.management import call_command

log = logging.getLogger("isoscope.server")

NAME: Final = "sources.sha256"
"""The file beside the manifest that says what was collected."""

ADVICE: Final = "Run “manage.py collectstatic” on this machine, as the account that the server runs as."

State = Literal["current", "missing", "outdated"]


def state_of(folder: Path) -> State:
    """Whether ``folder`` holds what collecting would put there now. Reads every source once, some milliseconds."""
    try:
        collected = (folder / NAME).read_text()
    except OSError:
        return "missing"
    return "current" if collected == digest_of_sources() and (folder / "staticfiles.json").exists() else "outdated"


def digest_of_sources() -> str:
    """A digest of the names and contents of all static files."""
    found: dict[str, Path] = {}
    for finder in finders.get_finders():
        for path, storage in finder.list(StaticFilesConfig.ignore_patterns):
            found.setdefault(f"{getattr(storage, 'prefix', None) or ''}/{path}", Path(storage.path(path)))
    digest = hashlib.sha256()
    for name, file in sorted(found.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def collect_if_needed() -> None:
    """Collect the static files where they are missing or outdated; called before the server takes requests.

    Where that fails the log says so, and pages name the sources (see :class:`dashboard.assets.serve.StaticFiles`).
    """
    folder = Path(settings.STATIC_ROOT)
    if not collects() or (state := state_of(folder)) == "current":
        return
    log.warning("the static files in %s are %s: they are collected now", folder, state)
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        collect(folder)
    except Exception as error:
        log.error("they cannot be collected: %s. Until they are, pages take longer to load. %s", error, ADVICE)


def collect(folder: Path) -> None:
    """Collect, one process at a time."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if state_of(folder) != "current":
            call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)


def collects() -> bool:
    """Whether files are collected at all; during development and in tests they are not."""
    return bool(settings.STORAGES["staticfiles"]["BACKEND"].startswith("dashboard."))
