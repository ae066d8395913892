"""The records that the programs write: each field once, with where the kernel keeps it and where the record does."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from inspector.agent.collect.kernel.btf import Btf, Field
from inspector.errors import KernelReaderUnavailable
from inspector.facts.namespaces import TYPES, NamespaceType

ROOT: Final = "task_struct"
LEVELS: Final = 4
"""Pids inside are in the record for so many nested pid namespaces; deeper ones, which are rare, are in ``status``."""

UPID_BITS: Final = 4
"""``struct upid``, a pid in one pid namespace, is 1 << 4 bytes long."""

PF_KTHREAD: Final = 0x00200000
STOPPED: Final = 0x04
DEAD: Final = 0x30
"""``__TASK_STOPPED``, and ``EXIT_DEAD | EXIT_ZOMBIE`` of ``include/linux/sched.h``. Other bits change too often."""

NO_NEW_PRIVS: Final = 1
"""``1 << PFA_NO_NEW_PRIVS``."""

CAPABILITIES: Final = ("effective", "permitted", "inheritable", "bset", "ambient")
"""As the credentials call them; ``bset`` is the bounding set."""

_PATHS: Final[dict[NamespaceType, str]] = {
    "mnt": "nsproxy->mnt_ns",
    "uts": "nsproxy->uts_ns",
    "ipc": "nsproxy->ipc_ns",
    "pid": "thread_pid->numbers.ns",  # of the first level; the program adds the level
    "net": "nsproxy->net_ns",
    "user": "real_cred->user_ns",
    "cgroup": "nsproxy->cgroup_ns",
    "time": "nsproxy->time_ns",
}


class Slot(NamedTuple):
    """A field of the record."""

    name: str  # as in :class:`Record`
    size: int  # in the record
    sources: tuple[tuple[str, ...], ...]  # paths from the task: of each source the first that the kernel has
    mask: int = 0  # only these bits are kept; 0: all
    otherwise: int | None = None  # what is true on a kernel that has no source of it; None: there is no such kernel


def _capabilities(name: str) -> Slot:
    """A set of the credentials. Before Linux 6.3 it is an array of two numbers."""
    return Slot(name, 8, ((f"real_cred->cap_{name}.val", f"real_cred->cap_{name}.cap"),))


SLOTS: Final = (
    Slot("pid", 4, (("tgid",),)),
    Slot("ppid", 4, (("real_parent->tgid",),)),
    Slot("uid", 4, (("real_cred->uid.val",),)),
    Slot("life", 4, (("__state", "state"), ("exit_state",)), DEAD | STOPPED),  # "state" before Linux 5.14
    Slot("flags", 4, (("flags",),), PF_KTHREAD),
    Slot("level", 4, (("thread_pid->level",),)),
    Slot("euid", 4, (("real_cred->euid.val",),)),
    Slot("suid", 4, (("real_cred->suid.val",),)),
    Slot("loginuid", 4, (("loginuid.val",),), otherwise=-1),
    Slot("seccomp", 4, (("seccomp.mode",),), otherwise=0),
    Slot("start_ns", 8, (("start_boottime",),)),
    Slot("exec_id", 8, (("self_exec_id",),)),
    Slot("css_set", 8, (("cgroups",),)),
    Slot("cgroup", 8, (("cgroups->dfl_cgrp->kn->id",),)),
    Slot("privileges", 8, (("atomic_flags",),), NO_NEW_PRIVS),
    *map(_capabilities, CAPABILITIES),
    Slot("comm", 16, (("comm",),)),
)
"""The record in its order; pids inside, then inodes and ids of the eight namespaces follow. Several sources of a slot
are joined by *or*; it has a mask then."""

AT: Final = {slot.name: sum(before.size for before in SLOTS[:number]) for number, slot in enumerate(SLOTS)}
PIDS: Final = sum(slot.size for slot in SLOTS)
INODES: Final = PIDS + 4 * LEVELS
IDS: Final = INODES + 4 * len(TYPES)
LENGTH: Final = IDS + 8 * len(TYPES)

_CODES: Final = {4: "I", 8: "Q", 16: "16s"}
_FACTS: Final = struct.Struct("<" + "".join(_CODES[slot.size] for slot in SLOTS) + f"{LEVELS}I")
_PLACES: Final = struct.Struct(f"<{len(TYPES)}I{len(TYPES)}Q")


class Record(NamedTuple):
    """A process as the program writes it. Where nothing happened to it, its bytes are the same in every pass."""

    pid: int
    ppid: int
    uid: int
    life: int
    flags: int
    level: int  # how many pid namespaces are around the one it is in
    euid: int
    suid: int
    loginuid: int
    seccomp: int
    start_ns: int  # since boot
    exec_id: int  # counts the programs that it executed
    css_set: int  # address: another one where it moved to other control groups
    cgroup: int  # id of its group in the v2 hierarchy
    privileges: int  # NO_NEW_PRIVS
    effective: int
    permitted: int
    inheritable: int
    bset: int
    ambient: int
    comm: bytes
    pids: tuple[int, ...]  # outermost first; at most :data:`LEVELS`
    namespaces: bytes  # inodes and ids, for :func:`unpack_namespaces`

    @property
    def is_zombie(self) -> bool:
        return bool(self.life & DEAD)

    @property
    def is_kernel_thread(self) -> bool:
        return bool(self.flags & PF_KTHREAD)


Identity = tuple[int, int]
"""Inode and id of a namespace. The id is 0 where the kernel gives none."""


def unpack(data: bytes) -> Record:
    """The record of one process."""
    values = _FACTS.unpack_from(data)
    facts, pids = values[: len(SLOTS)], values[len(SLOTS) :]
    record = Record._make((*facts, pids, data[INODES:]))
    return record._replace(comm=record.comm.partition(b"\0")[0], pids=pids[: record.level + 1])


def unpack_pid(data: bytes) -> int:
    """The pid of a record, which is its first field."""
    return int.from_bytes(data[:4], "little")


def unpack_namespaces(data: bytes) -> tuple[Identity, ...]:
    """The eight namespaces of a process; ``(0, 0)`` where it has none, as a zombie."""
    numbers = _PLACES.unpack(data)
    return tuple(zip(numbers[: len(TYPES)], numbers[len(TYPES) :], strict=True))


class NamespaceFields(NamedTuple):
    """Where the kernel keeps a kind of namespace."""

    steps: tuple[Field, ...]  # from the task to the pointer
    inode: Field
    id: Field | None
    above: Field  # pointer to the user namespace that owns it; of a user namespace, to its parent
    parent: Field | None  # of a pid namespace


class Offsets:
    """Where this kernel keeps every field.

    :param types: the types of namespaces that the kernel has.
    :param mnt_id: the member that is the id of mount namespaces where they alone have one: since Linux 6.11.
    :raises KernelReaderUnavailable: a field is missing or has another size; the sentence names it.
    """

    def __init__(self, btf: Btf, types: Collection[NamespaceType] = TYPES, mnt_id: str | None = None) -> None:
        self.slots = tuple((slot, tuple(_find_sources(btf, slot))) for slot in SLOTS)
        self.namespaces = {kind: _find_namespace(btf, kind, mnt_id) for kind in TYPES if kind in types}
        self.tgid, self.tid = btf.path(ROOT, "tgid")[0], btf.path(ROOT, "pid")[0]
        self.thread_pid = btf.path(ROOT, "thread_pid")[0]
        self.level = btf.path(ROOT, "thread_pid->level")[-1]
        self.numbers = btf.path(ROOT, "thread_pid->numbers.nr")[-1]
        self.numbers_ns = btf.path(ROOT, "thread_pid->numbers.ns")[-1]
        _expect("upid", btf.size("upid"), 1 << UPID_BITS)
        self.seq = btf.path("bpf_iter_meta", "seq")[0]
        self.function = btf.function("bpf_iter_task")


def _find_sources(btf: Btf, slot: Slot) -> Iterator[tuple[Field, ...]]:
    for paths in slot.sources:
        if slot.otherwise is None or any(btf.has(ROOT, path) for path in paths):
            yield _find_source(btf, slot, paths)


def _find_source(btf: Btf, slot: Slot, paths: tuple[str, ...]) -> tuple[Field, ...]:
    """The steps to a source. Of one that is masked the lower bytes are enough."""
    *before, last = btf.first_path(ROOT, *paths)
    if slot.mask:
        last = last._replace(size=min(last.size, slot.size))
    if last.size > slot.size:
        _expect(paths[0], last.size, slot.size)
    return *before, last


def _find_namespace(btf: Btf, kind: NamespaceType, mnt_id: str | None) -> NamespaceFields:
    path = _PATHS[kind]
    number = "ns.ns_id" if kind != "mnt" or mnt_id is None else mnt_id
    inode = btf.path(ROOT, f"{path}->ns.inum")[-1]
    id_field = btf.path(ROOT, f"{path}->{number}")[-1] if btf.has(ROOT, f"{path}->{number}") else None
    _expect(f"{path}->ns.inum", inode.size, 4)
    if id_field is not None:
        _expect(f"{path}->{number}", id_field.size, 8)
    above = btf.path(ROOT, f"{path}->{'parent' if kind == 'user' else 'user_ns'}")[-1]
    parent = btf.path(ROOT, f"{path}->parent")[-1] if kind == "pid" else None
    return NamespaceFields(btf.path(ROOT, path), inode, id_field, above, parent)


def _expect(what: str, size: int, expected: int) -> None:
    if size != expected:
        raise KernelReaderUnavailable(f"{what} has {size} bytes, not {expected}", "unsupported")
