"""Which host this is, and how much of it can be seen from here. See machine-id(5), proc_sys_kernel(5), proc(5)."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from inspector.agent.collect.procfs import decode, parse_stat, parse_status
from inspector.errors import MalformedProc
from inspector.facts.namespaces import parse_link
from inspector.facts.types import Gap, HostInfo, ReaderName
from inspector.owned_folder import OwnedFolder, make_folder

log = logging.getLogger("isoscope.agent")

MACHINE_ID_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
PRODUCT_UUID: Final = Path("/sys/class/dmi/id/product_uuid")

INITIAL_PID_INODE: Final = 0xEFFFFFFC
"""``PID_NS_INIT_INO`` of ``include/uapi/linux/nsfs.h``: only to know whether we run within a container."""

_MACHINE_ID: Final = re.compile(r"[0-9a-f]{32}")
_OPEN_HIDEPID: Final = frozenset(("0", "off"))


def read_host(proc: str, machine_id: str, reader: ReaderName | None = None) -> HostInfo:
    """Names of the host whose ``/proc`` is given; ``unknown`` where one cannot be read.

    :param reader: by which its processes are read.
    """
    return HostInfo(
        machine_id=machine_id,
        boot_id=_read_line(f"{proc}/sys/kernel/random/boot_id") or "unknown",
        hostname=_read_line(f"{proc}/sys/kernel/hostname") or "unknown",
        kernel=_read_line(f"{proc}/sys/kernel/osrelease") or "unknown",
        reader=reader,
        booted_at=read_boot(_read_line(f"{proc}/stat", whole=True)),
    )


def read_boot(stat: str) -> str | None:
    """When the host was booted, to the second; ``None`` where it is not told.

    :param stat: ``/proc/stat``. The kernel reckons it from the clock of now. See proc_stat(5), "btime".
    """
    found = re.search(r"^btime (\d+)$", stat, re.MULTILINE)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC).isoformat()


def read_machine_id(fallback_file: Path | None = None, files: tuple[Path, ...] = MACHINE_ID_FILES) -> str:
    """The machine id of this host, the same for as long as it is installed: 32 hex digits.

    :param fallback_file: where neither systemd, D-Bus nor the firmware knows an id, one is made up and kept here.
    :return: ``host-<hostname>`` where there is no such file either; a renamed host is then another host.
    """
    for file in files:
        found = _read_line(str(file)).lower()
        if _MACHINE_ID.fullmatch(found) and found.strip("0"):  # all zeros or "uninitialized": an image not yet booted
            return found
    return _read_product_uuid() or _keep_id(fallback_file) or _name_host(socket.gethostname())


def _name_host(hostname: str) -> str:
    """An id made of the host's name, in the form of :data:`inspector.facts.types.MACHINE_ID`."""
    return f"host-{re.sub('[^A-Za-z0-9._-]', '_', hostname)}"[:128]


def find_blind_spots(proc: str) -> Iterator[Gap]:
    """Gaps of the whole host: processes that cannot even be counted from here.

    ``/proc`` hides other users' processes (``hidepid``), or shows a pid namespace that is not the host's.
    """
    if _is_hidden(proc) or _is_nested(proc):
        yield Gap(None, "proc", "forbidden")


def _is_hidden(proc: str) -> bool:
    mountinfo = _read_line(f"{proc}/self/mountinfo", whole=True)
    return os.geteuid() != 0 and hides_others(proc_options(mountinfo, proc))


def proc_options(mountinfo: str, at: str = "/proc") -> list[str]:
    """The options of the proc(5) mount at this path. The last mount covers the others.

    :param mountinfo: ``/proc/<pid>/mountinfo``.
    """
    options: list[str] = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if before.split(" ")[4:5] == [at] and after.startswith("proc "):
            options = after.rpartition(" ")[2].split(",")
    return options


def hides_others(options: list[str]) -> bool:
    """Whether these mount options hide the processes of other users (``hidepid``)."""
    named = (option.partition("=") for option in options)
    return any(name == "hidepid" and value not in _OPEN_HIDEPID for name, _, value in named)


def _is_nested(proc: str) -> bool:
    """Kernel threads live in the initial pid namespace only: where pid 2 is one, we see it all."""
    with contextlib.suppress(OSError, MalformedProc):
        if parse_stat(Path(proc, "2/stat").read_bytes()).is_kernel_thread:
            return False
    with contextlib.suppress(OSError, MalformedProc):
        if len(parse_status(Path(proc, "self/status").read_bytes()).nspid) > 1:
            return True
    with contextlib.suppress(OSError, ValueError):
        return parse_link(os.readlink(f"{proc}/self/ns/pid"))[1] != INITIAL_PID_INODE
    return False


def _read_product_uuid() -> str:
    found = _read_line(str(PRODUCT_UUID)).lower().replace("-", "")
    return found if _MACHINE_ID.fullmatch(found) and found.strip("0f") else ""


def _keep_id(file: Path | None) -> str:
    """The id kept in the file, which is made where it is missing; ``""`` where it cannot be kept."""
    if file is None:
        return ""
    try:
        with make_folder(file.parent) as folder:
            return _kept_in(folder, file.name)
    except OSError as error:
        log.error("no machine id can be kept in %s: %s", file, error.strerror)
        return ""


def _kept_in(folder: OwnedFolder, name: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        kept = folder.read(name).partition("\n")[0].strip()
        if _MACHINE_ID.fullmatch(kept):
            return kept
    made = secrets.token_hex(16)
    folder.write(name, made + "\n")
    return made


def _read_line(path: str, whole: bool = False) -> str:
    """The first line of a file, or all of it; ``""`` where it cannot be read."""
    try:
        with open(path, "rb") as file:
            text = decode(file.read())
    except OSError:
        return ""
    return text if whole else text.partition("\n")[0].strip()[:128]
