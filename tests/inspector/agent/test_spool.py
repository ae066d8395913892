from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.agent.spool import Spool
from inspector.errors import FolderInUse
from inspector.owned_folder import Owner

NAME = "agent-spool.sqlite3"


def fill(spool: Spool, *numbers: int, size: int = 10) -> None:
    for number in numbers:
        assert spool.put(number, number - 1 or None, bytes([number % 256]) * size)


def seqs(spool: Spool) -> list[int]:
    """What is kept, taken out in order by delivering it."""
    found = []
    while (entry := spool.first()) is not None:
        found.append(entry.seq)
        spool.mark_sent(entry.seq)
        assert spool.confirm(entry.seq)
    return found


def test_it_gives_frames_back_in_order_and_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, 1, 2, 3)
    assert spool.first() == (1, None, b"\x01" * 10)
    assert seqs(spool) == [1, 2, 3]
    assert spool.last == 3


def test_it_remembers_everything_after_it_was_closed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.claim("orchid")
    fill(spool, 1, 2, 3)
    spool.mark_sent(1)
    spool.close()
    again = Spool(tmp_path)
    assert (again.owner, again.last, again.acked, again.sent) == ("orchid", 3, 0, 1)
    assert seqs(again) == [1, 2, 3]


def test_it_drops_only_what_the_server_holds(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, 1, 2, 3)
    spool.mark_sent(1)
    assert spool.confirm(1)
    assert spool.continues(1)
    assert spool.first() == (2, 1, b"\x02" * 10)


def test_it_knows_a_place_it_never_brought_the_server_to(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, 1, 2, 3)
    assert not spool.confirm(2)
    assert spool.count() == 3


def test_it_finds_the_reset_that_fits_on_any_history_before_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, 1, 2)
    spool.put(3, None, b"reset")
    fill(spool, 4)
    assert spool.skip_to_reset(2)
    assert spool.continues(2)
    assert seqs(spool) == [3, 4]


def test_it_keeps_nothing_where_no_reset_fits(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, 1, 2)
    assert not spool.skip_to_reset(7)
    assert spool.count() == 0
    assert spool.last == 2


def test_it_drops_all_at_once_when_the_bound_is_hit_and_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=35)
    fill(spool, 1, 2, 3)
    assert not spool.put(4, 3, b"x" * 10)
    assert spool.first() is None
    assert spool.last == 3
    fill(spool, 4, 5, 6)


def test_it_counts_what_was_delivered_out_of_the_bound(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=35)
    for number in range(1, 20):
        fill(spool, number)
        if spool.count() == 3:
            seqs(spool)
    spool.close()
    again = Spool(tmp_path, limit=35)
    fill(again, *range(20, 22))


def test_it_knows_how_many_frames_it_holds_whatever_became_of_them(tmp_path: Path) -> None:
    def counts(spool: Spool) -> tuple[int, int]:
        return spool.count(), int(spool._db.execute("SELECT count(*) FROM frames").fetchone()[0])

    spool = Spool(tmp_path)
    fill(spool, 1, 2, 3, 4, 5)
    assert counts(spool) == (5, 5)
    spool.mark_sent(2)
    assert spool.confirm(2)
    assert counts(spool) == (3, 3)
    spool.close()
    spool = Spool(tmp_path)
    assert counts(spool) == (3, 3)
    spool._leave_disk(sqlite3.OperationalError("disk I/O error"))
    fill(spool, 6)
    assert counts(spool) == (4, 4)
    spool.clear()
    assert counts(spool) == (0, 0)


def test_it_takes_one_frame_larger_than_the_bound(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=35)
    assert spool.put(1, None, b"x" * 1000)
    assert not spool.put(2, 1, b"x")


def test_its_file_shrinks_again_and_is_its_owners_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    fill(spool, *range(1, 50), size=100_000)
    spool.clear()
    spool.close()
    assert (tmp_path / NAME).stat().st_size < 100_000
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0


def test_it_drops_what_was_kept_for_another_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path)
    spool.claim("one")
    fill(spool, 1, 2)
    spool.claim("one")
    assert spool.count() == 2
    spool.claim("two")
    assert spool.count() == 0
    assert not spool.confirm(0)
    assert spool.last == 2
    assert "undelivered frames for one were dropped" in caplog.text
    caplog.clear()
    spool.claim("three")
    assert caplog.text == ""


def test_two_agents_do_not_share_a_folder(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(FolderInUse, match="another agent uses"):
        Spool(tmp_path)
    spool.close()
    Spool(tmp_path).close()


@pytest.mark.parametrize("damage", [b"this is no database" * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_it_sets_a_damaged_file_aside_and_starts_a_new_one(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_bytes(damage)
    spool = Spool(tmp_path)
    assert "is damaged" in caplog.text
    assert spool.durable
    fill(spool, 1)
    assert (tmp_path / "agent-spool.damaged").read_bytes() == damage


def test_it_sees_damage_in_the_middle_of_its_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path)
    fill(spool, *range(1, 40), size=5000)
    spool.close()
    with (tmp_path / NAME).open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(20 * 4096))
    again = Spool(tmp_path)
    assert "is damaged" in caplog.text
    assert again.first() is None
    fill(again, 1)


def test_it_goes_on_in_memory_when_its_file_is_damaged_under_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path)
    fill(spool, *range(1, 40), size=5000)
    spool._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spool._db.execute("PRAGMA cache_size = 0")
    (tmp_path / NAME).write_bytes(b"\xff" * (tmp_path / NAME).stat().st_size)
    spool.put(40, 39, b"x")
    spool.mark_sent(40)
    assert "cannot be kept" in caplog.text
    assert not spool.durable
    assert spool.last == 40


@pytest.mark.parametrize("folder", ["/sys/kernel", "/proc/nothing/here", "/dev/null/here"])
def test_it_works_in_memory_where_the_folder_cannot_be_written(folder: str, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(Path(folder))
    assert "stay in memory" in caplog.text
    assert not spool.durable
    fill(spool, 1, 2, 3)
    assert seqs(spool) == [1, 2, 3]
    spool.close()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of one megabyte, really mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(mounted.stderr)
        pytest.skip(f"nothing can be mounted here: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.root
def test_a_full_disk_costs_nothing_and_is_left_when_there_is_room(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(small_disk, disk_retry_s=0)
    fill(spool, *range(1, 5), size=20_000)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    spool._disk_retry_s = 3600
    fill(spool, *range(5, 20), size=20_000)
    assert "cannot be kept" in caplog.text
    assert not spool.durable
    assert spool.count() == 19
    ballast.unlink()
    spool._disk_retry_s = 0
    fill(spool, 20, size=20_000)
    assert spool.durable
    spool.close()
    assert seqs(Spool(small_disk)) == list(range(1, 21))


WRITER = """
import sys
from pathlib import Path
from inspector.agent.spool import Spool
spool = Spool(Path(sys.argv[1]))
for number in range(spool.last + 1, 10**6):
    spool.put(number, number - 1 or None, number.to_bytes(8, "big") * 5000)
    print(number, flush=True)
    if number % 7 == 0:
        entry = spool.first()
        spool.mark_sent(entry.seq)
        spool.confirm(entry.seq)
"""


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_put(tmp_path: Path) -> None:
    for rounds in range(1, 9):
        before = after = 0
        writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(rounds * 5):
            before = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        after = int((writer.stdout.read().split() or [before])[-1])
        writer.wait()
        spool = Spool(tmp_path)
        assert after <= spool.last <= after + 1
        rows = sqlite3.connect(tmp_path / NAME).execute("SELECT seq, packed FROM frames ORDER BY seq").fetchall()
        assert [seq for seq, _ in rows] == list(range(rows[0][0], spool.last + 1))
        assert all(packed == seq.to_bytes(8, "big") * 5000 for seq, packed in rows)
        assert rows[0][0] - 1 == spool.acked
        spool.close()


@pytest.mark.root
def test_what_root_makes_belongs_to_whom_it_was_made_for(open_folder: Path) -> None:
    spool = Spool(open_folder / "agent", owner_ids=Owner(65534, 65534))
    assert spool.durable
    fill(spool, 1)
    made = [open_folder / "agent", *(open_folder / "agent").iterdir()]
    assert len(made) == 5
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(65534, 65534)}


@pytest.mark.parametrize("name", [NAME, "agent.lock"])
def test_a_link_laid_in_its_way_is_not_followed(tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / name).symlink_to(precious)
    spool = Spool(folder, owner_ids=Owner(os.geteuid(), os.getegid()))
    fill(spool, 1)
    assert not spool.durable
    assert precious.read_text() == "mine"
