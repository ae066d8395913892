"""Where the kernel keeps what holds namespaces, and the records that the programs write of it."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from inspector.agent.collect.kernel.btf import Btf, Field
from inspector.agent.collect.kernel.layout import ROOT, Identity, NamespaceFields
from inspector.agent.collect.kernel.programs import ANCESTRY, unpack_ancestry
from inspector.agent.collect.namespace_links import KINDS_OF_THREADS
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import HolderKind

NSFS: Final = 0x6E736673
SOCKFS: Final = 0x534F434B
"""Of ``include/uapi/linux/magic.h``."""

CLONE_FLAGS: Final[dict[NamespaceType, int]] = {
    "time": 0x00000080,
    "mnt": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
"""How the kernel numbers the types: ``CLONE_NEW*`` of ``include/uapi/linux/sched.h``."""

HOLDERS: Final[tuple[HolderKind | None, ...]] = (
    None,  # a record only of the namespaces around one that is held
    "thread",
    "pid_for_children",
    "time_for_children",
    "descriptor",
    "socket",
    "mount",
)
"""By the number in a record. That of a mount tells where mounts are, and that they changed."""

TAIL: Final = struct.Struct("<IIII")
LENGTH: Final = ANCESTRY.size + TAIL.size
PID: Final = slice(ANCESTRY.size, ANCESTRY.size + 4)


class HolderRecord(NamedTuple):
    """A holder, and the namespace it holds."""

    ancestry: bytes
    pid: int
    number: int  # of a descriptor or socket; of a thread its id; of mounts their version
    holder: HolderKind | None

    @property
    def namespace(self) -> tuple[NamespaceType, Identity]:
        one = unpack_ancestry(self.ancestry)
        return one.kind, one.namespace


def unpack_holder(record: bytes) -> HolderRecord:
    """One record of the programs."""
    pid, number, holder, _ = TAIL.unpack_from(record, ANCESTRY.size)
    return HolderRecord(record[: ANCESTRY.size], pid, number, HOLDERS[holder])


class HolderOffsets:
    """Where this kernel keeps holders.

    :param namespaces: where it keeps namespaces.
    :raises KernelReaderUnavailable: a field is missing; the sentence names it.
    """

    def __init__(self, btf: Btf, namespaces: dict[NamespaceType, NamespaceFields]) -> None:
        inode = btf.path("ns_common", "inum")[0].offset
        self.within = {kind: fields.inode.offset - inode for kind, fields in namespaces.items()}
        """Where a namespace has its ``ns_common``."""
        self.kind = btf.first_path("ns_common", "ns_type", "ops->type")  # "ops" before Linux 6.18
        self.leader = btf.path(ROOT, "group_leader")[0]
        self.nsproxy = btf.path(ROOT, "nsproxy")[0]
        self.parent = btf.path(ROOT, "real_parent")[0]
        self.threads = {kind: namespaces[kind].steps[-1] for kind in KINDS_OF_THREADS if kind in namespaces}
        self.pid_for_children = btf.path(ROOT, "nsproxy->pid_ns_for_children")
        self.time_for_children = btf.path(ROOT, "nsproxy->time_ns_for_children") if "time" in namespaces else None
        self.mounts = btf.path(ROOT, "nsproxy->mnt_ns->event")[-1]._replace(size=4)
        self.inode = btf.path("file", "f_inode")[0]
        self.magic = btf.path("inode", "i_sb->s_magic")
        self.namespace_of_inode = btf.path("inode", "i_private")[0]
        self.socket_of_file = btf.path("file", "private_data")[0]
        self.sock = btf.path("socket", "sk")[0]
        self.net_of_sock = btf.path("sock", "__sk_common.skc_net.net")[0]
        self.file = Field(24, 8)  # of struct bpf_iter__task_file, a part of the kernel's interface
        self.descriptor = Field(16, 4)
        self.function = btf.function("bpf_iter_task_file")
