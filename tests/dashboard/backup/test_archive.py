"""The file of a backup: what is not whole is noticed before anything is done with it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from dashboard.backup.archive import FORMAT, MalformedBackup, Manifest, Reader, Writer
from dashboard.backup.progress import Progress, size_text

CONTENT = os.urandom(300_000)


def ignore(more: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(
        tmp_path / "backup", Manifest("0.1.0", "2026-11-23T12:00:00+00:00", "sqlite", [("inspector", "0001")])
    )


def write(path: Path, manifest: Manifest) -> Path:
    with path.open("w+b") as file:
        writer = Writer(file)
        writer.add("database.sqlite3", [CONTENT[:10], memoryview(CONTENT)[10:]])
        writer.add("keys/secret-key", [b"secret"])
        writer.finish(manifest)
    return path


def test_what_was_written_is_read_again(file: Path) -> None:
    reader = Reader(file)
    reader.check(ignore)
    assert reader.read("database.sqlite3") == CONTENT
    assert reader.read("keys/secret-key") == b"secret"
    assert reader.manifest.migrations == [("inspector", "0001")]
    assert reader.bytes == len(CONTENT) + 6


@pytest.mark.parametrize("left", [0, 1, 1000, 0.5, -1])
def test_a_file_that_was_cut_short_is_refused(file: Path, left: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * left) if 0 < left < 1 else int(left)])
    with pytest.raises(MalformedBackup):
        Reader(file).check(ignore)


@pytest.mark.parametrize("place", [0.01, 0.5, 0.9])
def test_a_changed_byte_is_noticed(file: Path, place: float) -> None:
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 0x55
    file.write_bytes(data)
    with pytest.raises(MalformedBackup, match=r"damaged|cut short"):
        Reader(file).check(ignore)


@pytest.mark.parametrize("change", [0x01, 0x55, 0xFF])
def test_no_byte_of_a_file_is_changed_without_notice(tmp_path: Path, change: int) -> None:
    with (tmp_path / "backup").open("w+b") as file:
        writer = Writer(file)
        writer.add("keys/secret-key", [b"secret"])
        writer.finish(Manifest("0.1.0", "2026-11-23T12:00:00+00:00", "sqlite", []))
    whole = (tmp_path / "backup").read_bytes()
    for place in range(len(whole)):
        (tmp_path / "changed").write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
        with pytest.raises(MalformedBackup):
            Reader(tmp_path / "changed").check(ignore)


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a backup")
    with pytest.raises(MalformedBackup, match="not a backup"):
        Reader(tmp_path / "text")


def test_a_later_format_is_refused_by_its_number(tmp_path: Path) -> None:
    manifest = Manifest("9.0", "2036-11-23T12:00:00+00:00", "sqlite", [])
    later = write(tmp_path / "later", msgspec.structs.replace(manifest, format=FORMAT + 1))
    with pytest.raises(MalformedBackup, match=f"format {FORMAT + 1}"):
        Reader(later)


def test_long_work_says_how_far_it_is() -> None:
    said: list[str] = []
    progress = Progress(said.append, "copied", 4096, every_s=0)
    progress(1024)
    progress(3072)
    assert said == ["copied: 1.0 KiB of 4.0 KiB (25%)", "copied: 4.0 KiB of 4.0 KiB (100%)"]
    Progress(said.append, "copied", every_s=60)(1024)
    assert len(said) == 2
    assert size_text(5 * 2**40) == "5.0 TiB"
