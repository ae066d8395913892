"""An assembler for BPF: one method an instruction, named as in ``Documentation/bpf/standardization``.

An instruction has eight bytes: operation, destination and source register, a signed 16-bit offset, a signed 32-bit
immediate value.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

_INSTRUCTION: Final = struct.Struct("<BBhi")


class Register(IntEnum):
    """Calls take R1 to R5 and give R0; R6 to R9 are kept over calls; R10 is the frame pointer."""

    R0 = 0
    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    R5 = 5
    R6 = 6
    R7 = 7
    R8 = 8
    R9 = 9
    R10 = 10


class Size(IntEnum):
    """What a load or store moves."""

    B = 0x10
    H = 0x08
    W = 0x00
    DW = 0x18


SIZES: Final = {1: Size.B, 2: Size.H, 4: Size.W, 8: Size.DW}
"""By bytes."""


class Helper(IntEnum):
    """Functions that the kernel has for programs: ``BPF_FUNC_*`` of ``include/uapi/linux/bpf.h``."""

    PROBE_READ_KERNEL = 113  # (destination, size, address)
    SEQ_WRITE = 127  # (seq file, data, size)


# classes, operations and modes
_LDX, _STX, _JMP, _ALU64 = 0x01, 0x03, 0x05, 0x07
_MEM, _IMMEDIATE, _REGISTER = 0x60, 0x00, 0x08
_ADD, _OR, _AND, _LSH, _MOV = 0x00, 0x40, 0x50, 0x60, 0xB0
_JA, _JEQ, _JNE, _JLE, _JLT, _CALL, _EXIT = 0x00, 0x10, 0x50, 0xB0, 0xA0, 0x80, 0x90


class Assembler:
    """Instructions in their order. Jumps go to labels, which may come later."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int | str, int]] = []  # the offset may be a label
        self._labels: dict[str, int] = {}

    def assemble(self) -> bytes:
        """The program.

        :raises KeyError: a jump goes to a label that is nowhere.
        """
        return b"".join(
            _INSTRUCTION.pack(
                code, dst | src << 4, offset if isinstance(offset, int) else self._labels[offset] - at - 1, value
            )
            for at, (code, dst, src, offset, value) in enumerate(self._code)
        )

    def label(self, name: str) -> None:
        """The next instruction gets this name."""
        if self._labels.setdefault(name, len(self._code)) != len(self._code):
            raise ValueError(f"two labels {name}")

    def ldx(self, size: Size, dst: Register, src: Register, offset: int) -> None:
        """``dst = *(size *)(src + offset)``"""
        self._add(_LDX | _MEM | size, dst, src, offset)

    def stx(self, size: Size, dst: Register, offset: int, src: Register) -> None:
        """``*(size *)(dst + offset) = src``"""
        self._add(_STX | _MEM | size, dst, src, offset)

    def mov(self, dst: Register, src: Register | int) -> None:
        self._operate(_MOV, dst, src)

    def add(self, dst: Register, src: Register | int) -> None:
        self._operate(_ADD, dst, src)

    def or_(self, dst: Register, src: Register | int) -> None:
        self._operate(_OR, dst, src)

    def and_(self, dst: Register, src: Register | int) -> None:
        self._operate(_AND, dst, src)

    def lsh(self, dst: Register, src: Register | int) -> None:
        self._operate(_LSH, dst, src)

    def ja(self, label: str) -> None:
        self._add(_JMP | _JA, offset=label)

    def jeq(self, dst: Register, src: Register | int, label: str) -> None:
        self._jump(_JEQ, dst, src, label)

    def jne(self, dst: Register, src: Register | int, label: str) -> None:
        self._jump(_JNE, dst, src, label)

    def jle(self, dst: Register, src: Register | int, label: str) -> None:
        """Unsigned."""
        self._jump(_JLE, dst, src, label)

    def jlt(self, dst: Register, src: Register | int, label: str) -> None:
        """Unsigned."""
        self._jump(_JLT, dst, src, label)

    def call(self, helper: Helper) -> None:
        self._add(_JMP | _CALL, value=helper)

    def exit(self) -> None:
        self._add(_JMP | _EXIT)

    def _operate(self, operation: int, dst: Register, src: Register | int) -> None:
        if isinstance(src, Register):
            self._add(_ALU64 | operation | _REGISTER, dst, src)
        else:
            self._add(_ALU64 | operation | _IMMEDIATE, dst, value=src)

    def _jump(self, operation: int, dst: Register, src: Register | int, label: str) -> None:
        if isinstance(src, Register):
            self._add(_JMP | operation | _REGISTER, dst, src, label)
        else:
            self._add(_JMP | operation | _IMMEDIATE, dst, offset=label, value=src)

    def _add(self, code: int, dst: int = 0, src: int = 0, offset: int | str = 0, value: int = 0) -> None:
        self._code.append((code, dst, src, offset, value))
