"""The programs as far as they can be judged without a kernel; the live one judges them in tests/host."""

from __future__ import annotations

import struct

import pytest

from inspector.agent.collect.kernel.btf import Btf
from inspector.agent.collect.kernel.instructions import Helper
from inspector.agent.collect.kernel.layout import LENGTH, Offsets
from inspector.agent.collect.kernel.programs import ANCESTRY, ancestry_program, process_program, unpack_ancestry
from inspector.errors import KernelReaderUnavailable
from tests.support.made_btf import KERNEL, NS_COMMON, make_btf

CALL, EXIT = 0x85, 0x95
MOST_STACK = 512  # MAX_BPF_STACK of include/linux/filter.h


def instructions(code: bytes) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("<BBhi", code))


@pytest.mark.parametrize("program", [process_program, ancestry_program])
def test_a_program_ends_with_exit_keeps_to_its_stack_and_calls_two_helpers(program) -> None:
    code = instructions(program(Offsets(Btf(make_btf()))))
    assert code[-1][0] == EXIT
    stored = [offset for op, registers, offset, _ in code if op & 7 == 3 and registers & 15 == 10]
    assert min(stored) >= -MOST_STACK
    assert max(stored) < 0
    assert {value for op, _, _, value in code if op == CALL} == set(Helper)


def test_other_offsets_are_loaded_on_a_kernel_with_another_layout() -> None:
    moved = {key: (kind, at + 640) for key, (kind, at) in KERNEL["task_struct"].items()}
    here, there = (
        {offset for op, _, offset, _ in instructions(process_program(Offsets(Btf(data)))) if op & 7 == 1}
        for data in (make_btf(), make_btf(KERNEL | {"task_struct": moved}))
    )
    assert 1268 in here and 1268 + 640 not in here
    assert 1268 + 640 in there and 1268 not in there


def test_a_kernel_without_ids_gets_a_shorter_program_for_the_same_record() -> None:
    with_ids, without = (
        process_program(Offsets(Btf(data))) for data in (make_btf(), make_btf(KERNEL | {"ns_common": NS_COMMON}))
    )
    assert len(without) < len(with_ids)
    assert LENGTH in {value for _, _, _, value in instructions(without)}


def test_a_member_that_grew_is_refused_by_name() -> None:
    grown = KERNEL | {"task_struct": KERNEL["task_struct"] | {"tgid": ("u64", 1268)}}
    with pytest.raises(KernelReaderUnavailable, match="tgid has 8 bytes, not 4"):
        Offsets(Btf(make_btf(grown)))
    numbered = KERNEL | {"ns_common": KERNEL["ns_common"] | {"inum": ("u64", 24)}}
    with pytest.raises(KernelReaderUnavailable, match=r"ns\.inum has 8 bytes, not 4"):
        Offsets(Btf(make_btf(numbered)))


def test_a_record_of_ancestry_names_the_namespace_its_owner_and_its_parent() -> None:
    found = unpack_ancestry(ANCESTRY.pack(3, 11, 21, 31, 12, 22, 32))
    assert (found.kind, found.namespace, found.owner, found.parent) == ("pid", (11, 12), (21, 22), (31, 32))
