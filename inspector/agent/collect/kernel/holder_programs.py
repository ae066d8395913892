"""The two programs that find what holds namespaces: one runs for each task, the other for each open file.

Each writes a record for every holder, and one for each namespace around what is held.
"""

from __future__ import annotations

from typing import Final

from inspector.agent.collect.kernel.btf import Field
from inspector.agent.collect.kernel.holder_layout import CLONE_FLAGS, HOLDERS, LENGTH, NSFS, SOCKFS, HolderOffsets
from inspector.agent.collect.kernel.instructions import Register, Size
from inspector.agent.collect.kernel.layout import Offsets
from inspector.agent.collect.kernel.programs import ANCESTRY, Program
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import HolderKind

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 = Register

_INIT: Final = 1  # the first process, which has no parent to differ from


def task_program(offsets: Offsets, holders: HolderOffsets) -> bytes:
    """Threads that live elsewhere than their process, what children will live in, and where mounts changed."""
    program = _HolderProgram(offsets, holders, holders.nsproxy)
    program.begin()
    program.write_threads()
    program.write_children()
    program.write_mounts()
    return program.end()


def file_program(offsets: Offsets, holders: HolderOffsets) -> bytes:
    """Descriptors of namespaces, and sockets in another network namespace than their process."""
    program = _HolderProgram(offsets, holders, holders.descriptor)
    program.begin()
    program.write_files()
    return program.end()


class _HolderProgram(Program):
    """A program whose records are those of :func:`.holder_layout.unpack_holder`.

    :param number: what a record tells beside the pid.
    """

    def __init__(self, offsets: Offsets, holders: HolderOffsets, number: Field) -> None:
        super().__init__(LENGTH)
        self._offsets = offsets
        self._holders = holders
        self._number = number
        self._held = self._owner - 8

    def begin(self) -> None:
        super().begin()
        self._clear(self._held)

    def write_threads(self) -> None:
        """A thread with another nsproxy than its leader may live elsewhere in some types."""
        asm, holders = self._asm, self._holders
        self._load(R1, R7, self._offsets.tgid)
        self._load(R2, R7, self._offsets.tid)
        asm.jeq(R1, R2, "leader")
        self._load(R1, R7, holders.nsproxy)
        asm.jeq(R1, 0, "end")  # it has ended
        self._follow(R2, (holders.leader, holders.nsproxy))
        asm.jeq(R1, R2, "end")
        for kind, field in holders.threads.items():
            self._take_task()
            self._follow(R1, (holders.nsproxy, field))
            self._follow(R2, (holders.leader, holders.nsproxy, field))
            asm.jeq(R1, R2, f"{kind} of thread")
            self._find_address((holders.nsproxy, field))
            self._emit(kind, "thread")
            asm.label(f"{kind} of thread")
        asm.label("leader")

    def write_children(self) -> None:
        """What a task's children will live in, where it is not what itself lives in."""
        asm, holders = self._asm, self._holders
        self._take_task()
        self._load(R1, R7, holders.nsproxy)
        asm.jeq(R1, 0, "end")
        if holders.time_for_children is not None:
            self._follow(R1, self._offsets.namespaces["time"].steps)
            self._follow(R2, holders.time_for_children)
            asm.jeq(R1, R2, "time of children")
            self._find_address(holders.time_for_children)
            self._emit("time", "time_for_children")
            asm.label("time of children")
        self._take_task()
        self._find_pid_namespace(self._offsets)
        self._follow(R2, holders.pid_for_children)
        asm.jeq(R8, R2, "pid of children")
        self._find_address(holders.pid_for_children)
        self._emit("pid", "pid_for_children")
        asm.label("pid of children")

    def write_mounts(self) -> None:
        """Once or a few times for each mount namespace: for a process whose parent lives in another one."""
        asm, holders = self._asm, self._holders
        steps = self._offsets.namespaces["mnt"].steps
        self._take_task()
        self._load(R1, R7, self._offsets.tgid)
        self._load(R2, R7, self._offsets.tid)
        asm.jne(R1, R2, "end")
        asm.jeq(R1, _INIT, "mounts")
        self._follow(R1, steps)
        self._follow(R2, (holders.parent, *steps))
        asm.jeq(R1, R2, "end")
        asm.label("mounts")
        self._find_address(steps)
        self._emit("mnt", "mount", holders.mounts)

    def write_files(self) -> None:
        asm, holders = self._asm, self._holders
        asm.ldx(Size.DW, R8, R6, holders.file.offset)
        asm.jeq(R8, 0, "end")  # after the last file
        self._load(R1, R8, holders.inode)
        self._load(R2, R1, holders.magic[0])
        self._load(R2, R2, holders.magic[1])
        asm.jeq(R2, NSFS, "namespace")
        asm.jne(R2, SOCKFS, "end")
        self._write_socket()
        asm.label("namespace")
        self._write_descriptor()

    def _write_socket(self) -> None:
        asm, holders = self._asm, self._holders
        for field in (holders.socket_of_file, holders.sock, holders.net_of_sock):
            self._probe(self._address, R8, field)
            asm.ldx(Size.DW, R8, R10, self._address)
            asm.jeq(R8, 0, "end")
        self._take_task()
        self._follow(R1, self._offsets.namespaces["net"].steps)
        asm.jeq(R1, R8, "end")
        self._emit("net", "socket")
        asm.ja("end")

    def _write_descriptor(self) -> None:
        """R8 becomes the ``ns_common``, then the namespace around it."""
        asm, holders = self._asm, self._holders
        self._probe(self._address, R1, holders.namespace_of_inode)
        asm.ldx(Size.DW, R8, R10, self._address)
        asm.mov(R9, R8)
        *before, last = holders.kind
        for field in before:
            self._probe(self._address, R9, field)
            asm.ldx(Size.DW, R9, R10, self._address)
        self._probe(self._address, R9, last)
        for kind in self._offsets.namespaces:
            asm.ldx(Size.W, R1, R10, self._address)
            asm.jne(R1, CLONE_FLAGS[kind], f"not {kind}")
            asm.add(R8, -holders.within[kind])
            self._emit(kind, "descriptor")
            asm.ja("end")
            asm.label(f"not {kind}")

    def _emit(self, kind: NamespaceType, holder: HolderKind, number: Field | None = None) -> None:
        """A record of the namespace at R8 and its holder, then those of all namespaces around it.

        :param number: a field of the namespace that is told.
        """
        asm = self._asm
        asm.stx(Size.DW, R10, self._held, R8)
        self._fill(self._offsets, kind)
        self._tell_holder(holder)
        if number is not None:
            self._probe(self._record + ANCESTRY.size + 4, R8, number)
        self.write(self._offsets)
        if kind != "user":
            self._write_upwards(self._offsets, kind, f"{holder} {kind}")
            asm.ldx(Size.DW, R8, R10, self._held)
            self._probe(self._held, R8, self._offsets.namespaces[kind].above)
        if "user" in self._offsets.namespaces:
            asm.ldx(Size.DW, R8, R10, self._held)
            self._write_upwards(self._offsets, "user", f"owner of {holder} {kind}")

    def _tell_holder(self, holder: HolderKind) -> None:
        """Pid, number and kind, behind the namespace in the record."""
        asm, at = self._asm, self._record + ANCESTRY.size
        self._take_task()
        self._load(R1, R7, self._offsets.tgid)
        asm.stx(Size.W, R10, at, R1)
        if self._number is self._holders.descriptor:
            self._load(R1, R6, self._number)
        else:
            self._load(R1, R7, self._offsets.tid)
        asm.stx(Size.W, R10, at + 4, R1)
        asm.mov(R1, HOLDERS.index(holder))
        asm.stx(Size.W, R10, at + 8, R1)

    def _take_task(self) -> None:
        """Put the task into R7 again."""
        self._asm.ldx(Size.DW, R7, R6, 8)
        self._asm.jeq(R7, 0, "end")

    def _find_address(self, steps: tuple[Field, ...]) -> None:
        """Put the address at the end of a path into R8, as a number."""
        *before, last = steps
        self._take_task()
        self._follow(R8, tuple(before))
        self._probe(self._address, R8, last)
        self._asm.ldx(Size.DW, R8, R10, self._address)
