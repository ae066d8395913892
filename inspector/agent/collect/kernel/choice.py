"""Which of the two readers is used: the kernel's where it works here, else that of ``/proc``, and why."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from inspector.agent.collect.host import INITIAL_PID_INODE
from inspector.agent.collect.kernel.holders import open_holders
from inspector.agent.collect.kernel.proc_files import ProcFiles
from inspector.agent.collect.kernel.reader import KernelReader
from inspector.agent.collect.kernel.self_check import check_own_process
from inspector.agent.collect.kernel.tasks import Tasks, read_btf, read_offsets
from inspector.agent.collect.readers import ProcfsReader, Reader, Wanted
from inspector.errors import KernelReaderUnavailable
from inspector.facts.types import Gap, ReaderName

LOCKDOWN: Final = Path("/sys/kernel/security/lockdown")
CAP_SYS_ADMIN: Final = 21  # include/uapi/linux/capability.h
CAP_PERFMON: Final = 38
CAP_BPF: Final = 39


class Choice(NamedTuple):
    """The reader; and where it is not the one that would be better, a gap and why."""

    reader: Reader
    gaps: tuple[Gap, ...] = ()
    why_not_kernel: str = ""

    @property
    def name(self) -> ReaderName:
        return self.reader.name


def choose_reader(wanted: Wanted = "auto") -> Choice:
    """The kernel reader unless it does not work here, or the one that is named.

    :raises KernelReaderUnavailable: the kernel reader is named, and does not work here.

    Cost: some 150 ms where the kernel reader is chosen.
    """
    if wanted == "procfs":
        return Choice(ProcfsReader())
    try:
        return Choice(open_kernel_reader())
    except KernelReaderUnavailable as error:
        if wanted == "kernel":
            raise
        return Choice(ProcfsReader(), (Gap(None, "reader", error.why),), str(error))


def open_kernel_reader() -> KernelReader:
    """Load the programs, and check them with our own process.

    :raises KernelReaderUnavailable: with what stands against it, and what to do.
    """
    check_rights()
    btf = read_btf()
    offsets = read_offsets(btf)
    tasks = Tasks(offsets)
    try:
        check_own_process(tasks, ProcFiles())
    except KernelReaderUnavailable:
        tasks.close()
        raise
    return KernelReader(tasks, open_holders(btf, offsets))


def check_rights(proc: Path = Path("/proc")) -> None:
    """Whether the kernel may let us, as far as can be told before it is asked.

    :raises KernelReaderUnavailable: it will not.
    """
    if sys.byteorder != "little":
        raise KernelReaderUnavailable("this processor is not little-endian", "unsupported")
    status = (proc / "self/status").read_text()
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    if not _may_read_kernel(int(found[1], 16) if found else 0):
        raise KernelReaderUnavailable("that takes CAP_BPF and CAP_PERFMON, or root", "forbidden")
    if "[confidentiality]" in _read(LOCKDOWN):
        raise KernelReaderUnavailable("this kernel is locked down for confidentiality", "forbidden")
    if not os.readlink(proc / "self/ns/pid").endswith(f"[{INITIAL_PID_INODE}]"):
        raise KernelReaderUnavailable("only the host's own pid namespace shows all tasks", "forbidden")


def _read(path: Path) -> str:
    """The text of a file, empty where it cannot be read."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _may_read_kernel(held: int) -> bool:
    return bool(held >> CAP_SYS_ADMIN & 1 or (held >> CAP_BPF & 1 and held >> CAP_PERFMON & 1))
