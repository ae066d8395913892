"""Encodings, as RFC 9669 has them."""

from __future__ import annotations

import pytest

from inspector.agent.collect.kernel.instructions import Assembler, Helper, Register, Size

R0, R1, R2, R6, R7, R10 = (Register(number) for number in (0, 1, 2, 6, 7, 10))


@pytest.mark.parametrize(
    ("instruction", "arguments", "encoded"),
    [
        ("ldx", (Size.DW, R7, R6, 8), "7967080000000000"),
        ("ldx", (Size.W, R1, R10, -4), "61a1fcff00000000"),
        ("ldx", (Size.H, R1, R2, 2), "6921020000000000"),
        ("ldx", (Size.B, R1, R2, 1), "7121010000000000"),
        ("stx", (Size.DW, R10, -8, R0), "7b0af8ff00000000"),
        ("stx", (Size.W, R10, -16, R1), "631af0ff00000000"),
        ("mov", (R6, R1), "bf16000000000000"),
        ("mov", (R0, 0), "b700000000000000"),
        ("mov", (R2, -1), "b7020000ffffffff"),
        ("add", (R2, -184), "0702000048ffffff"),
        ("add", (R1, R2), "0f21000000000000"),
        ("or_", (R1, R2), "4f21000000000000"),
        ("and_", (R1, 0x34), "5701000034000000"),
        ("lsh", (R1, 4), "6701000004000000"),
        ("call", (Helper.SEQ_WRITE,), "850000007f000000"),
        ("call", (Helper.PROBE_READ_KERNEL,), "8500000071000000"),
        ("exit", (), "9500000000000000"),
    ],
)
def test_an_instruction_is_encoded(instruction: str, arguments: tuple, encoded: str) -> None:
    asm = Assembler()
    getattr(asm, instruction)(*arguments)
    assert asm.assemble().hex() == encoded


@pytest.mark.parametrize(
    ("jump", "arguments", "encoded"),
    [
        ("ja", (), "05000100"),
        ("jeq", (R7, 0), "15070100"),
        ("jeq", (R1, R2), "1d210100"),
        ("jne", (R1, R2), "5d210100"),
        ("jle", (R2, 3), "b5020100"),
        ("jlt", (R2, 33), "a5020100"),
    ],
)
def test_a_jump_counts_from_the_next_instruction(jump: str, arguments: tuple, encoded: str) -> None:
    asm = Assembler()
    getattr(asm, jump)(*arguments, "end")
    asm.mov(R0, 0)
    asm.label("end")
    asm.exit()
    assert asm.assemble().hex()[:8] == encoded


def test_a_jump_may_go_back() -> None:
    asm = Assembler()
    asm.label("again")
    asm.mov(R0, 0)
    asm.ja("again")
    assert asm.assemble()[8:].hex() == "0500feff00000000"


def test_a_label_is_given_once_and_a_jump_goes_to_one_that_is_there() -> None:
    asm = Assembler()
    asm.label("here")
    asm.ja("nowhere")
    with pytest.raises(ValueError, match="two labels here"):
        asm.label("here")
    with pytest.raises(KeyError):
        asm.assemble()
