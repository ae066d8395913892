"""``manage.py export`` and ``import``: from one history to a file and back, in the terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command

from inspector.history import record
from inspector.history.states import state_at
from inspector.models import Host, Snapshot
from inspector.protocol.frames import Reset
from tests.support.states import HOST, a_process, a_state

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def life() -> None:
    for seq in range(1, 6):
        moment = START + seq * timedelta(minutes=1)
        state = a_state([a_process(100 + seq)], taken_at=moment.isoformat())
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state), moment)


def run(name: str, *arguments: Any) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command(name, *map(str, arguments), stdout=out, stderr=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def imported_seqs() -> list[int]:
    found = Snapshot.objects.exclude(host__imported_at=None).order_by("seq")
    return list(found.values_list("seq", flat=True))


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        ([], [1, 2, 3, 4, 5]),
        (["--from", "2", "--to", "4"], [2, 3, 4]),
        (["--from", "2026-11-23T03:13:30+00:00"], [3, 4, 5]),
        (["--at", "2026-11-23T03:12:59+00:00"], [2]),
    ],
)
def test_what_was_asked_for_goes_there_and_back(options: list[str], seqs: list[int], tmp_path: Path) -> None:
    file = tmp_path / "orchid.isoscope.gz"
    assert run("export", *options, file)[0] == 0
    status, said = run("import", file)
    imported = Host.objects.exclude(imported_at=None).get()
    assert status == 0 and imported.machine_id in said and imported_seqs() == seqs
    for seq in seqs:
        there, here = state_at(HOST.machine_id, seq), state_at(imported, seq)
        assert msgspec.structs.replace(here, host=HOST) == there
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "options",
    [["--at", "2", "--from", "1"], ["--from", "4", "--to", "2"], ["--at", "77"], ["--to", "soon"], ["--host", "x"]],
)
def test_what_cannot_be_exported_is_said_and_leaves_no_file(options: list[str], tmp_path: Path) -> None:
    status, said = run("export", *options, tmp_path / "file")
    assert status == 2 and said.strip() and not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"older")

    def fail(*arguments: object) -> Any:
        yield b"half"
        raise OSError("disk full")

    monkeypatch.setattr("inspector.history.transfer.exporting.export", fail)
    status, said = run("export", file)
    assert (status, file.read_bytes(), list(tmp_path.iterdir())) == (2, b"older", [file]) and "disk full" in said


def test_the_import_of_what_is_no_export_fails_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    for name in ("file", "missing"):
        status, said = run("import", tmp_path / name)
        assert status == 2 and said.strip()
    assert Host.objects.count() == 1


def test_both_can_be_joined_by_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output holds the file and nothing else; standard input may be a pipe."""
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    assert run("export", "-") == (0, "")
    data = out.buffer.getvalue()  # type: ignore[attr-defined]
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pipe:
        assert pipe.stdin and pipe.stdout
        pipe.stdin.write(data)
        pipe.stdin.close()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe.stdout))
        assert run("import", "-")[0] == 0
    assert imported_seqs() == [1, 2, 3, 4, 5]
