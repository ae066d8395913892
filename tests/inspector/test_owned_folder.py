"""Root in a folder of another account, on the real file system: what that account can lay in the way does no harm."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector import owned_folder
from inspector.agent.collect import host
from inspector.agent.collect.host import read_machine_id
from inspector.agent.spool import NAME, Spool
from inspector.owned_folder import (
    MOST_BYTES,
    Owner,
    UnsafeFile,
    acting_as,
    make_folder,
    open_given,
)
from tests.support.other_account import NOBODY, Background, give

ANN = Owner(64242, 64242)  # no account of this machine has these numbers
BOB = Owner(64243, 64243)
SECRET = "0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.root

Lay = Callable[[Path, Path], object]


@pytest.fixture
def hers(open_folder: Path) -> Path:
    """A folder of Ann's."""
    (open_folder / "hers").mkdir()
    return give(open_folder / "hers", *ANN)


@pytest.fixture
def precious(open_folder: Path) -> Path:
    """A file that root alone may read. It looks like a machine id, a token and a key."""
    path = open_folder / "precious"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def untouched(precious: Path) -> bool:
    found = precious.stat()
    owner, mode = (found.st_uid, found.st_gid), stat.S_IMODE(found.st_mode)
    return precious.read_text() == SECRET and owner == (0, 0) and mode == 0o600


def lay_link(at: Path, precious: Path) -> None:
    at.symlink_to(precious)
    give(at, *ANN)


def lay_dangling_link(at: Path, precious: Path) -> None:
    at.symlink_to(precious.with_name("made-by-root"))


def lay_link_through_a_folder(at: Path, precious: Path) -> None:
    at.symlink_to(f"../{at.parent.name}/../{precious.name}")


def lay_device(at: Path, precious: Path) -> None:
    at.symlink_to("/dev/zero")


def lay_hard_link(at: Path, precious: Path) -> None:
    at.hardlink_to(precious)


def lay_fifo(at: Path, precious: Path) -> None:
    os.mkfifo(at)
    give(at, *ANN)


def lay_folder(at: Path, precious: Path) -> None:
    at.mkdir()
    give(at, *ANN)


def lay_file_of_bobs(at: Path, precious: Path) -> None:
    at.write_text(SECRET)
    at.chmod(0o666)
    give(at, *BOB)


def lay_file_of_roots(at: Path, precious: Path) -> None:
    at.write_text(SECRET)
    at.chmod(0o600)


LAID: list[Lay] = [
    lay_link,
    lay_dangling_link,
    lay_link_through_a_folder,
    lay_device,
    lay_hard_link,
    lay_fifo,
    lay_folder,
    lay_file_of_bobs,
    lay_file_of_roots,
]

each_way = pytest.mark.parametrize("lay", LAID, ids=lambda lay: lay.__name__.removeprefix("lay_"))


def nothing_was_made(precious: Path) -> bool:
    return not precious.with_name("made-by-root").exists()


@each_way
def test_what_is_no_plain_file_of_the_owners_is_not_read(lay: Lay, hers: Path, precious: Path) -> None:
    lay(hers / "key", precious)
    with owned_folder.open_folder(hers) as folder, pytest.raises(OSError) as refused:
        folder.read("key")
    assert refused.value.filename == str(hers / "key")
    assert untouched(precious)


@each_way
def test_a_lock_is_not_taken_on_what_is_no_plain_file_of_the_owners(lay: Lay, hers: Path, precious: Path) -> None:
    lay(hers / "lock", precious)
    with owned_folder.open_folder(hers) as folder, pytest.raises(OSError):
        os.close(folder.open_private("lock"))
    assert untouched(precious) and nothing_was_made(precious)


@pytest.mark.parametrize("side", ["", "-wal", "-shm", "-journal"])
@each_way
def test_a_database_is_not_opened_beside_what_is_not_plain(lay: Lay, side: str, hers: Path, precious: Path) -> None:
    lay(hers / f"database{side}", precious)
    with owned_folder.open_folder(hers) as folder, pytest.raises(OSError):
        folder.database("database")
    assert untouched(precious) and nothing_was_made(precious)


@each_way
def test_a_file_that_is_written_replaces_what_was_laid_there_and_nothing_else(
    lay: Lay, hers: Path, precious: Path
) -> None:
    lay(hers / "url", precious)
    with owned_folder.open_folder(hers) as folder:
        try:
            folder.write("url", "http://here")
        except IsADirectoryError:
            assert lay is lay_folder
            return
    assert untouched(precious) and nothing_was_made(precious)
    found = (hers / "url").lstat()
    assert stat.S_ISREG(found.st_mode) and found.st_uid == ANN.uid and stat.S_IMODE(found.st_mode) == 0o600
    assert [path.name for path in hers.iterdir()] == ["url"], "no draft is left"


@each_way
def test_a_machine_id_is_neither_read_from_nor_written_over_what_was_laid(
    lay: Lay, hers: Path, precious: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(host, "PRODUCT_UUID", hers / "none")
    lay(hers / "machine-id", precious)
    assert read_machine_id(hers / "machine-id", files=()).startswith("host-")
    assert "no machine id can be kept" in caplog.text
    assert untouched(precious) and nothing_was_made(precious)


@pytest.mark.parametrize("name", ["agent.lock", NAME, f"{NAME}-wal", f"{NAME}-shm", f"{NAME}-journal"])
@each_way
def test_an_agent_keeps_its_frames_in_memory_where_something_was_laid_in_its_way(
    lay: Lay, name: str, hers: Path, precious: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lay(hers / name, precious)
    spool = Spool(hers, owner_ids=ANN)
    assert not spool.durable
    assert spool.put(1, None, b"frame") and spool.first() is not None
    spool.close()
    assert "undelivered frames stay in memory" in caplog.text
    assert untouched(precious) and nothing_was_made(precious)


@pytest.mark.parametrize("name", ["agent-spool.new", "agent-spool.damaged", "agent-spool.new-wal"])
@each_way
def test_a_spool_that_is_moved_does_no_harm_to_what_was_laid_at_its_new_place(
    lay: Lay, name: str, hers: Path, precious: Path
) -> None:
    (hers / NAME).write_bytes(b"no database" * 1000)
    give(hers / NAME, *ANN)
    lay(hers / name, precious)
    spool = Spool(hers, owner_ids=ANN, disk_retry_s=0)
    spool._leave_disk(sqlite3.OperationalError("disk I/O error"))
    assert spool.put(1, None, b"frame") and spool.first() is not None
    spool.close()
    assert untouched(precious) and nothing_was_made(precious)


def test_a_spool_with_a_trigger_or_a_view_is_none_of_ours(hers: Path) -> None:
    Spool(hers, owner_ids=ANN).close()
    with sqlite3.connect(hers / NAME) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON frames BEGIN DELETE FROM frames; END")
    spool = Spool(hers, owner_ids=ANN)
    assert spool.put(1, None, b"frame")
    assert spool.first() is not None
    assert (hers / "agent-spool.damaged").exists()


def test_a_link_that_leads_to_a_folder_of_roots_is_refused(hers: Path, open_folder_of_root: Path) -> None:
    give_link(hers / "agent", open_folder_of_root)
    with pytest.raises(UnsafeFile, match="it belongs to root"):
        make_folder(hers / "agent", ANN)
    with pytest.raises(UnsafeFile, match="a symbolic link of uid 64242 leads there"):
        owned_folder.open_folder(hers / "agent")
    with pytest.raises(UnsafeFile, match="leads there"):
        open_given(hers / "agent" / "file")
    spool = Spool(hers / "agent", owner_ids=ANN)
    assert not spool.durable
    assert (open_folder_of_root.stat().st_uid, list(open_folder_of_root.iterdir())) == (0, [])


def test_a_link_above_the_folder_is_refused_too(hers: Path, open_folder_of_root: Path) -> None:
    (open_folder_of_root / "agent").mkdir()
    give_link(hers / "data", open_folder_of_root)
    with pytest.raises(UnsafeFile):
        owned_folder.open_folder(hers / "data" / "agent")
    with pytest.raises(UnsafeFile):
        make_folder(hers / "data" / "new", ANN)
    assert [path.name for path in open_folder_of_root.iterdir()] == ["agent"]


def test_a_link_of_bobs_does_not_lead_root_into_anns_folder(hers: Path, open_folder: Path) -> None:
    (open_folder / "his").symlink_to(hers)
    give(open_folder / "his", *BOB)
    with pytest.raises(UnsafeFile, match="uid 64243"):
        owned_folder.open_folder(open_folder / "his")


def test_a_link_of_roots_and_one_of_the_owners_own_are_followed(hers: Path, open_folder: Path) -> None:
    (open_folder / "root's").symlink_to("hers")
    (hers / "inner").mkdir()
    give(hers / "inner", *ANN)
    give_link(hers / "own", hers / "inner")
    with owned_folder.open_folder(open_folder / "root's" / "own") as folder:
        assert folder.owner == ANN


def test_a_ring_of_links_ends(hers: Path) -> None:
    give_link(hers / "a", hers / "b")
    give_link(hers / "b", hers / "a")
    with pytest.raises(OSError, match="symbolic links"):
        owned_folder.open_folder(hers / "a" / "c")


def test_a_folder_of_another_than_who_was_named_is_refused(hers: Path) -> None:
    with pytest.raises(UnsafeFile, match="belongs to uid 64242, not to uid 64243"):
        owned_folder.open_folder(hers, BOB)


@pytest.mark.parametrize("name", ["file", "none/folder", "file/folder"])
def test_what_is_no_folder_is_an_error_that_names_it(hers: Path, name: str) -> None:
    (hers / "file").touch()
    with pytest.raises(OSError, match=name):
        owned_folder.open_folder(hers / name)


def test_folders_that_are_made_belong_to_whom_they_were_made_for(open_folder: Path, hers: Path) -> None:
    for folder in (open_folder / "a" / "b", hers / "a" / "b"):
        with make_folder(folder, ANN) as made:
            assert made.owner == ANN
        assert folder.parent.stat().st_uid == ANN.uid
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_large_file_is_not_read_to_its_end(hers: Path) -> None:
    with (hers / "key").open("w") as file:
        file.truncate(2**40)
    give(hers / "key", *ANN)
    with owned_folder.open_folder(hers) as folder, pytest.raises(UnsafeFile, match=f"more than {MOST_BYTES} bytes"):
        folder.read("key")


def test_the_owners_rights_do_not_include_what_roots_group_may_read(hers: Path, precious: Path) -> None:
    precious.chmod(0o640)
    os.chown(hers, ANN.uid, 0)
    with owned_folder.open_folder(hers) as folder, folder.acting():
        with pytest.raises(PermissionError):
            precious.read_text()
        (hers / "made").touch()
    assert (hers / "made").stat().st_gid != 0


def test_rights_come_back_after_an_error(precious: Path) -> None:
    with pytest.raises(PermissionError), acting_as(ANN):
        with acting_as(Owner(0, 0)):
            assert precious.read_text() == SECRET
        precious.read_text()
    assert precious.read_text() == SECRET


def test_another_thread_stays_root_meanwhile(precious: Path) -> None:
    go, read = threading.Event(), []
    other = threading.Thread(target=lambda: go.wait(10) and read.append(precious.read_text()))
    other.start()
    with acting_as(ANN):
        go.set()
        other.join()
    assert read == [SECRET]


def test_a_draft_is_removed_where_writing_fails(hers: Path) -> None:
    with owned_folder.open_folder(hers) as folder, pytest.raises(ZeroDivisionError), folder.writing("file") as file:
        file.write(b"half" * (1 // 0))
    assert list(hers.iterdir()) == []


def test_a_folder_that_moves_away_is_still_the_one_that_was_opened(hers: Path, open_folder_of_root: Path) -> None:
    with owned_folder.open_folder(hers) as folder:
        hers.rename(hers.with_name("moved"))
        give_link(hers, open_folder_of_root)
        folder.write("url", "http://here")
        os.close(folder.open_private("lock"))
    assert {path.name for path in hers.with_name("moved").iterdir()} == {"url", "lock"}
    assert list(open_folder_of_root.iterdir()) == []


def test_no_swap_of_a_file_at_the_right_moment_does_harm(hers: Path, precious: Path) -> None:
    """Ann puts a plain file, a link and a FIFO under the name in turn, as fast as she can."""
    ways = [hers / "plain", hers / "link", hers / "fifo"]

    def swap() -> None:
        ways[0].touch()
        ways[1].symlink_to(precious)
        os.mkfifo(ways[2])
        for way in ways:
            way.rename(hers / "lock")

    opened = refused = 0
    with Background(swap, ANN.uid) as swapping, owned_folder.open_folder(hers) as folder:
        while not (opened > 50 and refused > 50):
            assert swapping.is_alive()
            try:
                number = folder.open_private("lock")
            except OSError:
                refused += 1
                continue
            opened += 1
            os.write(number, b"harm")
            os.close(number)
    assert untouched(precious)


def test_no_swap_of_a_folder_at_the_right_moment_does_harm(hers: Path, open_folder_of_root: Path) -> None:
    """Ann puts a folder of hers and a link to one of root's under the name in turn, while an agent starts there."""
    link, place = hers / "link", hers / "agent"

    def swap() -> None:
        with contextlib.suppress(OSError):
            place.rename(hers / secrets.token_hex(8))
        with contextlib.suppress(OSError):
            link.symlink_to(open_folder_of_root)
            link.rename(place)

    kept = lost = 0
    with Background(swap, ANN.uid) as swapping:
        while not (kept > 5 and lost > 5):
            assert swapping.is_alive()
            spool = Spool(place, owner_ids=ANN)
            spool.put(1, None, b"frame")
            kept, lost = kept + spool.durable, lost + (not spool.durable)
            spool.close()
    assert (open_folder_of_root.stat().st_uid, list(open_folder_of_root.iterdir())) == (0, [])


def test_in_a_folder_of_roots_a_link_of_roots_is_followed_to_read(open_folder: Path) -> None:
    """As where a secret is mounted: the name is a link."""
    (open_folder / "..data").mkdir()
    (open_folder / "..data" / "token").write_text("a token")
    (open_folder / "token").symlink_to("..data/token")
    with open_given(open_folder / "token") as file:
        assert file.read() == b"a token"


def test_a_token_file_in_a_folder_of_anothers_is_not_read_through_a_link(hers: Path, precious: Path) -> None:
    lay_link(hers / "token", precious)
    with pytest.raises(UnsafeFile, match="symbolic link"):
        open_given(hers / "token")


def test_without_root_everything_is_as_usual(open_folder: Path) -> None:
    his = open_folder / "his"
    his.mkdir()
    give(his)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setresuid(NOBODY.pw_uid, NOBODY.pw_uid, NOBODY.pw_uid)
            with make_folder(his / "a" / "b") as folder, folder.acting():
                folder.write("real", "text")
                (his / "a" / "b" / "link").symlink_to("real")
                status = 0 if folder.read("link") == "text" else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def open_folder_of_root(open_folder: Path) -> Path:
    (open_folder / "root").mkdir(mode=0o755)
    return open_folder / "root"


def give_link(at: Path, to: Path) -> None:
    at.symlink_to(to)
    give(at, *ANN)
