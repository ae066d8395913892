"""What stands against the kernel reader, as far as can be told before the kernel is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.agent.collect.host import INITIAL_PID_INODE
from inspector.agent.collect.kernel import choice
from inspector.agent.collect.kernel.choice import CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN, check_rights
from inspector.errors import KernelReaderUnavailable


@pytest.fixture(autouse=True)
def not_locked_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the kernel of this machine is."""
    monkeypatch.setattr(choice, "LOCKDOWN", tmp_path / "no lockdown")


def make_proc(folder: Path, *held: int, inode: int = INITIAL_PID_INODE) -> Path:
    (folder / "self/ns").mkdir(parents=True)
    (folder / "self/status").write_text(f"Name:\tx\nCapEff:\t{sum(1 << one for one in held):016x}\n")
    (folder / "self/ns/pid").symlink_to(f"pid:[{inode}]")
    return folder


@pytest.mark.parametrize("held", [(CAP_BPF, CAP_PERFMON), (CAP_SYS_ADMIN,), (CAP_SYS_ADMIN, CAP_BPF)])
def test_two_capabilities_or_that_of_root_are_enough(tmp_path: Path, held: tuple[int, ...]) -> None:
    check_rights(make_proc(tmp_path, *held))


@pytest.mark.parametrize("held", [(), (CAP_BPF,), (CAP_PERFMON,), (19,)])
def test_less_is_forbidden_and_the_sentence_says_what_it_takes(tmp_path: Path, held: tuple[int, ...]) -> None:
    with pytest.raises(KernelReaderUnavailable, match="CAP_BPF and CAP_PERFMON") as caught:
        check_rights(make_proc(tmp_path, *held))
    assert caught.value.why == "forbidden"


def test_another_pid_namespace_than_the_hosts_is_forbidden(tmp_path: Path) -> None:
    with pytest.raises(KernelReaderUnavailable, match="pid namespace"):
        check_rights(make_proc(tmp_path, CAP_SYS_ADMIN, inode=4026532178))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("[none] integrity confidentiality\n", True),
        ("none [integrity] confidentiality\n", True),
        ("none integrity [confidentiality]\n", False),
    ],
)
def test_a_kernel_that_is_locked_down_for_confidentiality_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, allowed: bool
) -> None:
    (tmp_path / "lockdown").write_text(text)
    monkeypatch.setattr(choice, "LOCKDOWN", tmp_path / "lockdown")
    proc = make_proc(tmp_path, CAP_SYS_ADMIN)
    if allowed:
        check_rights(proc)
        return
    with pytest.raises(KernelReaderUnavailable, match="locked down"):
        check_rights(proc)


def test_a_processor_that_is_not_little_endian_is_unsupported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.byteorder", "big")
    with pytest.raises(KernelReaderUnavailable, match="little-endian") as caught:
        check_rights(make_proc(tmp_path, CAP_SYS_ADMIN))
    assert caught.value.why == "unsupported"
