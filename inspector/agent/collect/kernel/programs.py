"""The two programs that the kernel runs for each task: one writes processes, the other owners of namespaces.

R6 holds the iterator's context throughout, R7 the task. What is followed by plain loads may be a null pointer: it
then reads as 0. What has a computed address is copied by ``bpf_probe_read_kernel``.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from inspector.agent.collect.kernel.btf import Field
from inspector.agent.collect.kernel.instructions import SIZES, Assembler, Helper, Register, Size
from inspector.agent.collect.kernel.layout import (
    AT,
    IDS,
    INODES,
    LENGTH,
    LEVELS,
    PIDS,
    UPID_BITS,
    Identity,
    NamespaceFields,
    Offsets,
    Slot,
)
from inspector.facts.namespaces import TYPES, NamespaceType

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 = Register

DEEPEST: Final = 33
"""User and pid namespaces nest 32 deep; see user_namespaces(7) and pid_namespaces(7)."""

_WORD: Final = 8
_UPID: Final = 1 << UPID_BITS


class Ancestry(NamedTuple):
    """A namespace, what owns it and, of a pid or user namespace, what it is in. ``(0, 0)``: none."""

    kind: NamespaceType
    namespace: Identity
    owner: Identity
    parent: Identity


ANCESTRY: Final = struct.Struct("<IIIIQQQ")


def unpack_ancestry(record: bytes) -> Ancestry:
    """One record of :func:`ancestry_program`."""
    kind, inode, owner, parent, *ids = ANCESTRY.unpack(record)
    return Ancestry(TYPES[kind], (inode, ids[0]), (owner, ids[1]), (parent, ids[2]))


def process_program(offsets: Offsets) -> bytes:
    """For the first thread of each process, write a record of :data:`.layout.LENGTH` bytes."""
    program = Program(LENGTH)
    program.begin()
    program.skip_threads(offsets)
    for slot, sources in offsets.slots:
        program.copy_slot(slot, sources)
    program.copy_pids(offsets)
    for number, kind in enumerate(TYPES):
        if kind in offsets.namespaces:
            program.copy_namespace(offsets, kind, INODES + 4 * number, IDS + 8 * number)
    program.write(offsets)
    return program.end()


def ancestry_program(offsets: Offsets) -> bytes:
    """For each namespace of each process, and all its owners and parents, write a record of :data:`ANCESTRY`."""
    program = Program(ANCESTRY.size)
    program.begin()
    program.skip_threads(offsets)
    for kind in offsets.namespaces:
        program.write_ancestry(offsets, kind)
    return program.end()


class Program:
    """A program that builds its records on the stack.

    :param length: bytes of a record.
    """

    def __init__(self, length: int) -> None:
        self._asm = Assembler()
        self._length = length
        self._record = -length
        self._upids = self._record - _UPID * LEVELS
        self._address = self._upids - 8
        self._owner = self._address - 8

    def begin(self) -> None:
        asm = self._asm
        asm.mov(R6, R1)
        asm.ldx(Size.DW, R7, R6, 8)
        asm.jeq(R7, 0, "end")  # after the last task
        self._clear(self._owner)

    def end(self) -> bytes:
        self._asm.label("end")
        self._asm.mov(R0, 0)
        self._asm.exit()
        return self._asm.assemble()

    def skip_threads(self, offsets: Offsets) -> None:
        self._load(R1, R7, offsets.tgid)
        self._load(R2, R7, offsets.tid)
        self._asm.jne(R1, R2, "end")

    def write(self, offsets: Offsets) -> None:
        asm = self._asm
        asm.ldx(Size.DW, R1, R6, 0)
        self._load(R1, R1, offsets.seq)
        asm.mov(R2, R10)
        asm.add(R2, self._record)
        asm.mov(R3, self._length)
        asm.call(Helper.SEQ_WRITE)

    def copy_slot(self, slot: Slot, sources: tuple[tuple[Field, ...], ...]) -> None:
        """Follow the path of each source, and store what is at its end. The record was cleared before."""
        at = self._record + AT[slot.name]
        if not sources and slot.otherwise:
            self._asm.mov(R1, slot.otherwise)
            self._asm.stx(SIZES[slot.size], R10, at, R1)
        for *before, last in sources:
            self._follow(R8, tuple(before))
            if last.size > _WORD:
                self._copy_text(last, at)
            else:
                self._copy_number(slot, last, at)

    def _copy_text(self, text: Field, at: int) -> None:
        for part in range(0, text.size, _WORD):
            self._asm.ldx(Size.DW, R1, R8, text.offset + part)
            self._asm.stx(Size.DW, R10, at + part, R1)

    def _copy_number(self, slot: Slot, number: Field, at: int) -> None:
        self._load(R1, R8, number)
        if slot.mask:
            self._asm.and_(R1, slot.mask)
            self._asm.ldx(SIZES[slot.size], R2, R10, at)
            self._asm.or_(R1, R2)
        self._asm.stx(SIZES[slot.size], R10, at, R1)

    def copy_pids(self, offsets: Offsets) -> None:
        """The pids inside, no more than there are: the record would hold bytes that are not the process's."""
        asm = self._asm
        self._follow(R8, (offsets.thread_pid,))
        asm.ldx(Size.W, R2, R10, self._record + AT["level"])
        asm.jle(R2, LEVELS - 1, "all levels")
        asm.mov(R2, LEVELS - 1)
        asm.label("all levels")
        asm.add(R2, 1)
        asm.lsh(R2, UPID_BITS)
        asm.mov(R1, R10)
        asm.add(R1, self._upids)
        asm.mov(R3, R8)
        asm.add(R3, offsets.numbers.offset)
        asm.call(Helper.PROBE_READ_KERNEL)
        for level in range(LEVELS):
            asm.ldx(Size.W, R1, R10, self._upids + _UPID * level)
            asm.stx(Size.W, R10, self._record + PIDS + 4 * level, R1)

    def copy_namespace(self, offsets: Offsets, kind: NamespaceType, inode: int, number: int) -> None:
        """Inode and id of a process's namespace, 0 where it has none."""
        fields = offsets.namespaces[kind]
        if kind == "pid":
            self._find_pid_namespace(offsets)
            self._probe_identity(R8, fields, inode, number)
            return
        self._follow(R8, fields.steps)
        self._load(R1, R8, fields.inode)
        self._asm.stx(Size.W, R10, self._record + inode, R1)
        if fields.id is not None:
            self._load(R1, R8, fields.id)
            self._asm.stx(Size.DW, R10, self._record + number, R1)

    def write_ancestry(self, offsets: Offsets, kind: NamespaceType) -> None:
        """Records of a namespace and of those around it, then of the user namespaces that own it."""
        asm = self._asm
        self._find_namespace(offsets, kind)
        asm.stx(Size.DW, R10, self._owner, R8)
        if kind != "user":
            self._write_upwards(offsets, kind)
            self._find_namespace(offsets, kind)
            self._probe(self._owner, R8, offsets.namespaces[kind].above)
        if "user" in offsets.namespaces:
            asm.ldx(Size.DW, R8, R10, self._owner)
            self._write_upwards(offsets, "user", f"owner of {kind}")

    def _write_upwards(self, offsets: Offsets, kind: NamespaceType, name: str = "") -> None:
        """Records of the namespace at R8 and, where the kind nests, of all around it. R9 counts."""
        asm, fields = self._asm, offsets.namespaces[kind]
        again, done = f"{name or kind} again", f"{name or kind} written"
        asm.mov(R9, 0)
        asm.label(again)
        asm.jeq(R8, 0, done)
        self._fill(offsets, kind)
        self.write(offsets)
        nested = fields.above if kind == "user" else fields.parent
        if nested is not None:
            self._probe(self._address, R8, nested)
            asm.ldx(Size.DW, R8, R10, self._address)
            asm.add(R9, 1)
            asm.jlt(R9, DEEPEST, again)
        asm.label(done)

    def _fill(self, offsets: Offsets, kind: NamespaceType) -> None:
        """The record of the namespace at R8. R7 holds one of its owner and parent at a time."""
        fields, user = offsets.namespaces[kind], offsets.namespaces.get("user")
        self._clear(self._record)
        self._asm.mov(R1, TYPES.index(kind))
        self._asm.stx(Size.W, R10, self._record, R1)
        self._probe_identity(R8, fields, 4, 16)
        if user is not None:
            self._probe(self._address, R8, fields.above)
            self._asm.ldx(Size.DW, R7, R10, self._address)
            self._probe_identity(R7, user, 8, 24)
        nested = fields.above if kind == "user" else fields.parent
        if nested is not None:
            self._probe(self._address, R8, nested)
            self._asm.ldx(Size.DW, R7, R10, self._address)
            self._probe_identity(R7, fields, 12, 32)

    def _find_namespace(self, offsets: Offsets, kind: NamespaceType) -> None:
        """Put a namespace's address into R8, as a number: 0 where there is none."""
        asm, fields = self._asm, offsets.namespaces[kind]
        asm.ldx(Size.DW, R7, R6, 8)
        asm.jeq(R7, 0, "end")
        if kind == "pid":
            self._find_pid_namespace(offsets)
            return
        *before, last = fields.steps
        self._follow(R8, tuple(before))
        self._probe(self._address, R8, last)
        asm.ldx(Size.DW, R8, R10, self._address)

    def _find_pid_namespace(self, offsets: Offsets) -> None:
        """Put the address of the innermost pid namespace into R8: the last of ``thread_pid->numbers``."""
        asm = self._asm
        self._follow(R8, (offsets.thread_pid,))
        self._load(R1, R8, offsets.level)
        asm.lsh(R1, UPID_BITS)
        asm.mov(R3, R8)
        asm.add(R3, offsets.numbers_ns.offset)
        asm.add(R3, R1)
        self._read(self._address, 8)
        asm.ldx(Size.DW, R8, R10, self._address)

    def _probe_identity(self, base: Register, fields: NamespaceFields, inode: int, number: int) -> None:
        self._probe(self._record + inode, base, fields.inode)
        if fields.id is not None:
            self._probe(self._record + number, base, fields.id)

    def _probe(self, to: int, base: Register, field: Field) -> None:
        """Copy a field of what a register points at to the stack, 0 where it cannot be read."""
        self._asm.mov(R3, base)
        self._asm.add(R3, field.offset)
        self._read(to, field.size)

    def _read(self, to: int, size: int) -> None:
        """Copy from the address in R3."""
        self._asm.mov(R1, R10)
        self._asm.add(R1, to)
        self._asm.mov(R2, size)
        self._asm.call(Helper.PROBE_READ_KERNEL)

    def _follow(self, to: Register, steps: tuple[Field, ...]) -> None:
        """Follow pointers from the task."""
        self._asm.mov(to, R7)
        for step in steps:
            self._load(to, to, step)

    def _load(self, to: Register, base: Register, field: Field) -> None:
        self._asm.ldx(SIZES[field.size], to, base, field.offset)

    def _clear(self, start: int) -> None:
        self._asm.mov(R0, 0)
        for at in range(start, 0, 8):
            self._asm.stx(Size.DW, R10, at, R0)
