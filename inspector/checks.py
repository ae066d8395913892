"""Django system checks of the tag ``host``: set-ups in which this host is seen only in part. All are warnings.

They run before the commands that read a host, and with ``manage.py check``. Only these commands import this module,
so the commands that serve pages do not run them. Each check takes a few system calls.
Those of the tag ``capabilities`` say what each capability that an agent uses is for, with ``manage.py check`` alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning, register

from inspector.agent.collect.docker.socket import NoSocket, find_socket, probe
from inspector.agent.collect.host import hides_others, proc_options
from inspector.agent.collect.kernel.btf import VMLINUX
from inspector.agent.collect.kernel.choice import check_rights
from inspector.agent.collect.nsfs import Nsfs
from inspector.agent.collect.procfs import parse_stat
from inspector.capability_sets import USES, Use, held
from inspector.errors import EngineUnavailable, KernelReaderUnavailable, MalformedProc
from inspector.owned_folder import CALLER, acting_as

TAG: Final = "host"
CAPABILITIES: Final = "capabilities"

_CAP_SYS_PTRACE: Final = 19  # include/uapi/linux/capability.h


@register(TAG)
def check_host(**kwargs: Any) -> list[CheckMessage]:
    """All of them, for the host this runs on."""
    with acting_as(CALLER):  # the command may act with the rights of the data folder's owner
        return [
            *check_privilege(),
            *check_engine(),
            *check_pid_namespace(),
            *check_hidepid(),
            *check_namespace_ids(),
        ]


@register(CAPABILITIES)
def check_capabilities(**kwargs: Any) -> list[CheckMessage]:
    """What each capability that an agent uses gives, and whether an agent of this account holds it."""
    ours = held()
    return [_describe(number, use, ours) for number, use in enumerate(USES, 1)]


def _describe(number: int, use: Use, ours: int) -> CheckMessage:
    word = "held" if ours & use.bits == use.bits else "not held"
    return Info(
        f"{use} ({word}) gives: {use.gives}.",
        hint=f"Without: {use.lost}. An agent that holds it: {use.kept}.",
        id=f"isoscope.I{number:03}",
    )


def check_privilege(proc: str = "/proc") -> list[CheckMessage]:
    """Reading another user's ``/proc/<pid>/ns`` takes CAP_SYS_PTRACE; see ptrace(2), "PTRACE_MODE_READ".

    The kernel reader needs no such file.
    """
    if has_ptrace(proc) or _may_read_kernel(proc):
        return []
    hint = (
        "Run this as root (sudo), or grant CAP_BPF and CAP_PERFMON, or CAP_SYS_PTRACE. "
        "What cannot be read is counted and shown as a gap."
    )
    return [Warning("The namespaces of other users' processes cannot be read.", hint=hint, id="isoscope.W001")]


def check_engine(path: str | None = None) -> list[CheckMessage]:
    """Whether Docker can be asked for the names of its containers."""
    try:
        probe(find_socket(path, os.environ))
    except NoSocket as error:
        return [Warning(str(error), id="isoscope.W002")]
    except EngineUnavailable as error:
        return [
            Warning(f"Docker cannot be asked: {error}.", hint=_ENGINE_HINTS[error.why], id=_ENGINE_IDS[error.why])
        ]
    return []


def check_pid_namespace(proc: str = "/proc") -> list[CheckMessage]:
    """Whether this ``/proc`` shows the host: only there is pid 2 a kernel thread, kthreadd."""
    if _shows_kernel_threads(proc):
        return []
    hint = "In a container, give it the host's pid namespace (docker run --pid=host)."
    return [
        Warning("Only the processes of this pid namespace are seen, not the host's.", hint=hint, id="isoscope.W004")
    ]


def check_hidepid(proc: str = "/proc") -> list[CheckMessage]:
    """Whether proc(5) is mounted so that it hides other users' processes from us."""
    options = proc_options(_read(f"{proc}/self/mountinfo"))
    if has_ptrace(proc) or not hides_others(options) or _let_in(options):
        return []
    hint = "Run this as root, or as a member of the group that the mount option gid= names."
    return [Warning("/proc hides the processes of other users (hidepid).", hint=hint, id="isoscope.W005")]


def check_namespace_ids(link: str = "/proc/self/ns/uts") -> list[CheckMessage]:
    """Whether the kernel gives namespaces a number that is never used again; see ioctl_nsfs(2)."""
    if _gives_ids(link):
        return []
    hint = "Linux 6.18 and later give one. Until then, its oldest process tells a namespace from its successor."
    return [
        Warning("This kernel has no lasting ids for all types of namespaces.", hint=hint, id="isoscope.W006"),
    ]


def has_ptrace(proc: str = "/proc") -> bool:
    """Whether this process has CAP_SYS_PTRACE in effect; see capabilities(7)."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", _read(f"{proc}/self/status"), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> _CAP_SYS_PTRACE & 1)


def _may_read_kernel(proc: str) -> bool:
    try:
        check_rights(Path(proc))
    except (KernelReaderUnavailable, OSError):
        return False
    return VMLINUX.exists() and settings.READER != "procfs"


def _let_in(options: list[str]) -> bool:
    """Whether we are in the group to which ``hidepid`` does not apply."""
    return any(f"gid={group}" in options for group in (os.getegid(), *os.getgroups()))


def _shows_kernel_threads(proc: str) -> bool:
    try:
        return parse_stat(Path(proc, "2/stat").read_bytes()).is_kernel_thread
    except (OSError, MalformedProc):
        return False


def _gives_ids(link: str) -> bool:
    try:
        with open(link, "rb") as namespace:
            return Nsfs().read_id(namespace.fileno(), "uts") is not None
    except OSError:
        return False


def _read(path: str) -> str:
    """The text of a file, empty where it cannot be read."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


_ENGINE_IDS: Final = {"unsupported": "isoscope.W002", "forbidden": "isoscope.W003", "gone": "isoscope.W007"}
_ENGINE_HINTS: Final = {
    "unsupported": "Containers are named by their cgroups alone, and what the engine was asked for stays unknown.",
    "forbidden": "Run this as root, or as a member of the group that owns the socket.",
    "gone": "The socket is there but does not answer; is dockerd running?",
}
