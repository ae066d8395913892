"""The two loaded programs: the records of processes, and the namespaces around them."""

from __future__ import annotations

import os
from pathlib import Path

from inspector.agent.collect.kernel.btf import VMLINUX, Btf
from inspector.agent.collect.kernel.layout import LENGTH, Offsets, unpack
from inspector.agent.collect.kernel.programs import ancestry_program, process_program
from inspector.agent.collect.kernel.syscalls import TaskIterator
from inspector.agent.collect.nsfs import Nsfs
from inspector.agent.collect.read_errors import Gone
from inspector.errors import KernelReaderUnavailable
from inspector.facts.namespaces import TYPES

_MNT_ID = "seq"  # of struct mnt_namespace: what NS_GET_MNTNS_ID gives until Linux 6.17


class Tasks:
    """The processes of the kernel, as its own structures have them.

    :param offsets: of the running kernel.
    :raises KernelReaderUnavailable: the kernel refuses the programs.
    """

    def __init__(self, offsets: Offsets) -> None:
        self._processes = TaskIterator(process_program(offsets), offsets.function)
        self._ancestry = TaskIterator(ancestry_program(offsets), offsets.function)
        self.reads_one = self._passes_over_one()

    def records(self) -> set[bytes]:
        """The record of every process, now. No two are alike, because a record holds the pid.

        :raises OSError: as bpf(2) and read(2).

        Cost: some 1 µs a process.
        """
        data = self._processes.read_all()
        return {data[at : at + LENGTH] for at in range(0, len(data), LENGTH)}

    def record(self, pid: int) -> bytes:
        """The record of one process.

        :raises Gone: there is none.

        Before Linux 6.1, which knows no iteration over one task, as costly as :meth:`records`.
        """
        if self.reads_one:
            record = self._processes.read_one(pid)
        else:
            record = next((one for one in self.records() if unpack(one).pid == pid), b"")
        if not record:
            raise Gone
        return record

    def ancestry(self, pid: int | None = None) -> bytes:
        """The namespaces around one process, or around all: records of :func:`.programs.unpack_ancestry`."""
        return self._ancestry.read_all() if pid is None or not self.reads_one else self._ancestry.read_one(pid)

    def close(self) -> None:
        """Unload the programs."""
        self._processes.close()
        self._ancestry.close()

    def _passes_over_one(self) -> bool:
        """Whether a pass may be over one task: since Linux 6.1. Older kernels refuse it, or pass over all."""
        own = os.getpid()
        try:
            data = self._processes.read_one(own)
        except OSError:
            return False
        return len(data) == LENGTH and unpack(data).pid == own


def read_btf(path: Path = VMLINUX) -> Btf:
    """What the running kernel says of its structures.

    :raises KernelReaderUnavailable: it does not say it.
    """
    try:
        return Btf(path.read_bytes())
    except OSError as error:
        raise KernelReaderUnavailable(f"{path} cannot be read: {error.strerror}", "unsupported") from None


def read_offsets(btf: Btf) -> Offsets:
    """Where the running kernel keeps what is read of processes.

    :raises KernelReaderUnavailable: it does not say all of it.
    """
    kinds = [kind for kind in TYPES if Path("/proc/self/ns", kind).is_symlink()]
    return Offsets(btf, kinds, _MNT_ID if _only_mounts_have_ids() else None)


def _only_mounts_have_ids() -> bool:
    with open("/proc/self/ns/mnt", "rb") as mnt, open("/proc/self/ns/uts", "rb") as uts:
        nsfs = Nsfs()
        return nsfs.read_id(uts.fileno(), "uts") is None and nsfs.read_id(mnt.fileno(), "mnt") is not None
