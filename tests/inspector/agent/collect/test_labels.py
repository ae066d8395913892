from __future__ import annotations

import errno
from pathlib import Path

import pytest

from inspector.agent.collect.labels import label_reader, labelled, own_answer, parse_label
from inspector.agent.collect.procfs import File
from inspector.facts.types import Confinement

KNOWN = Confinement(0, 0, 0, 0, 0, "none", False, 0, 0)


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (b"docker-default (enforce)\n", "docker-default (enforce)"),
        (b"system_u:system_r:container_t:s0:c1,c2\0", "system_u:system_r:container_t:s0:c1,c2"),
        (b"unconfined\n", "unconfined"),
        (errno.EINVAL, ""),
        (errno.EACCES, None),
        (errno.ENOENT, None),
        (b"a" * 5000, "a" * 4096),
    ],
)
def test_none_is_told_from_unknown(data: File, label: str | None) -> None:
    assert parse_label(data) == label
    told = labelled(KNOWN, data)
    assert told is not None and told.label == label
    assert labelled(KNOWN, data) is told, "the same object for the same two"
    assert labelled(None, data) is None


def test_where_no_module_labels_no_file_of_another_process_is_read(tmp_path: Path) -> None:
    asked: list[int] = []

    def read(folder: int, name: bytes) -> File:
        asked.append(folder)
        return b"profile (enforce)\n"

    assert label_reader(read, str(tmp_path))(7) == errno.ENOENT
    (tmp_path / "self/attr").mkdir(parents=True)
    (tmp_path / "self/attr/current").write_bytes(b"unconfined\n")
    assert asked == []
    assert label_reader(read, str(tmp_path))(7) == b"profile (enforce)\n" and asked == [7]


def test_on_this_kernel_both_ways_of_asking_agree() -> None:
    answer = own_answer()
    try:
        assert Path("/proc/self/attr/current").read_bytes() and answer is None
    except OSError as error:
        assert answer == error.errno
