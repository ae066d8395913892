"""Whether the kernel's structures say of our own process what ``/proc`` says. Run once, after loading."""

from __future__ import annotations

import os
from typing import Final

import msgspec

from inspector.agent.collect import procfs
from inspector.agent.collect.kernel.layout import Identity, Record, unpack, unpack_namespaces
from inspector.agent.collect.kernel.proc_files import ProcFiles
from inspector.agent.collect.kernel.tasks import Tasks
from inspector.agent.collect.nsfs import Nsfs
from inspector.agent.collect.procfs import Stat, Status, cut_status, parse_stat, parse_status
from inspector.agent.collect.read_errors import Gone
from inspector.errors import KernelReaderUnavailable, MalformedProc
from inspector.facts.namespaces import TYPES, NamespaceType

NOBODY: Final = 2**32 - 1

Facts = dict[str, object]

_COMPARED: Final = (
    "pid",
    "comm",
    "ppid",
    "is_zombie",
    "is_kernel_thread",
    "start_ticks",
    "uid",
    "nspid",
    "confinement",
)


def check_own_process(tasks: Tasks, files: ProcFiles) -> None:
    """Compare our own process in both.

    :raises KernelReaderUnavailable: they differ; the sentence names in what.
    """
    try:
        with files.open(os.getpid()) as folder:
            record = unpack(tasks.record(os.getpid()))
            kernel = _facts(*files.describe(record, folder)) | _kernel_namespaces(record)
            proc = _facts(*_read_own(folder)) | _own_namespaces(folder)
    except (OSError, Gone, MalformedProc) as error:
        raise KernelReaderUnavailable(f"our own process could not be checked: {error!r}", "malformed") from None
    differ = [name for name in kernel if kernel[name] != proc[name]]
    if differ:
        raise KernelReaderUnavailable(f"the kernel and /proc differ in {', '.join(differ)}", "malformed")


def _facts(stat: Stat, status: Status) -> Facts:
    return {name: getattr(stat if hasattr(stat, name) else status, name) for name in _COMPARED}


def _kernel_namespaces(record: Record) -> Facts:
    return dict(zip(TYPES, unpack_namespaces(record.namespaces), strict=True))


def _read_own(folder: int) -> tuple[Stat, Status]:
    stat, status = procfs.read_file(folder, b"stat"), cut_status(procfs.read_file(folder, b"status"))
    if isinstance(stat, int) or isinstance(status, int):
        raise Gone
    return parse_stat(stat), _with_login(parse_status(status), procfs.read_file(folder, b"loginuid"))


def _with_login(status: Status, told: procfs.File) -> Status:
    """With who signed in, which ``status`` does not tell. A kernel without the file keeps no account of it."""
    login = int(told) if isinstance(told, bytes) else NOBODY
    confinement = status.confinement and msgspec.structs.replace(status.confinement, loginuid=login)
    return msgspec.structs.replace(status, confinement=confinement)


def _own_namespaces(folder: int) -> Facts:
    return {kind: _own_namespace(folder, kind) for kind in TYPES}


def _own_namespace(folder: int, kind: NamespaceType) -> Identity:
    nsfs = Nsfs()
    try:
        fd = nsfs.open(folder, kind)
    except FileNotFoundError:
        return 0, 0  # this kernel has no such namespaces
    assert fd is not None
    try:
        return os.fstat(fd).st_ino, nsfs.read_id(fd, kind) or 0
    finally:
        os.close(fd)
