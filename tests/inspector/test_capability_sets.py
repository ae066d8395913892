from __future__ import annotations

from pathlib import Path

import pytest

from inspector.capability_sets import USES, bits, needed

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/configuration.md"


def test_the_document_has_the_table_of_uses() -> None:
    text = DOCUMENT.read_text()
    for use in USES:
        names = ", ".join(f"`CAP_{name.upper()}`" for name in use.names)
        assert f"| {names} | {use.gives} | {use.lost} | {use.kept} |" in text


@pytest.mark.parametrize(
    ("reads_kernel", "foreign_folder", "foreign_socket", "more"),
    [
        (False, False, False, set()),
        (False, True, False, {"setuid", "setgid"}),
        (False, False, True, {"dac_override"}),
    ],
)
def test_what_is_needed_depends_on_whose_folder_and_socket_it_uses(
    reads_kernel: bool, foreign_folder: bool, foreign_socket: bool, more: set[str]
) -> None:
    always = bits("sys_ptrace", "dac_read_search", "net_admin")
    assert needed(reads_kernel, foreign_folder, foreign_socket) == always | bits(*more)


def test_the_kernel_reader_needs_its_own_two_or_the_one_that_gives_both(monkeypatch: pytest.MonkeyPatch) -> None:
    for held, kept in ((bits("bpf", "perfmon", "sys_admin"), {"bpf", "perfmon"}), (bits("sys_admin"), {"sys_admin"})):
        monkeypatch.setattr("inspector.capability_sets.held", lambda held=held: held)
        more = needed(True, False, False) & ~needed(False, False, False)
        assert more == bits(*kept)
