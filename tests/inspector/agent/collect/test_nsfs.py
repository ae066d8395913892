"""Namespaces of real processes, by the kernel's number and without it, and of captured trees."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.agent.collect import nsfs
from inspector.agent.collect.namespace_links import Links
from inspector.agent.collect.nsfs import (
    NS_GET_ID,
    NS_GET_MNTNS_ID,
    LinkText,
    NamespaceCache,
    NamespaceScan,
    Nsfs,
    ProcessNamespaces,
    ScannedNamespace,
)
from inspector.agent.collect.procfs import read_process
from inspector.agent.scan.namespace_identity import Member, NamespaceKeys
from inspector.facts.namespaces import TYPES, NamespaceType
from tests.support.old_kernel import OldKernel, needs_numbers
from tests.support.states import BOOT
from tests.support.unshared import unshared

NET, USER, PID = TYPES.index("net"), TYPES.index("user"), TYPES.index("pid")
OWN = os.getpid()


@contextlib.contextmanager
def counting(kernel: Nsfs | None = None, memory: NamespaceCache | None = None) -> Iterator[NamespaceScan]:
    with NamespaceScan(kernel or Nsfs(), memory or NamespaceCache()) as census:
        yield census


def look(census: NamespaceScan, pid: int) -> ProcessNamespaces:
    proc = os.open("/proc", os.O_RDONLY)
    try:
        return read_process(proc, str(pid), census.identify).namespaces
    finally:
        os.close(proc)


def seen(places: ProcessNamespaces, index: int) -> ScannedNamespace:
    place = places[index]
    assert isinstance(place, ScannedNamespace)
    return place


def is_namespace(fd: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return str(fd.readlink()).partition(":[")[0] in TYPES
    return False


def open_namespaces() -> int:
    """How many namespaces this process holds open. Other descriptors come and go in its threads."""
    return sum(map(is_namespace, Path("/proc/self/fd").iterdir()))


@needs_numbers
def test_the_kernel_numbers_all_eight_types() -> None:
    with counting() as census:
        places = look(census, OWN)
    assert [seen(places, index).file.kind for index in range(8)] == list(TYPES)
    assert all(seen(places, index).ns_id for index in range(8))


def test_inode_and_device_are_those_of_the_open_namespace() -> None:
    with counting() as census:
        net = seen(look(census, OWN), NET)
    found = Path("/proc/self/ns/net").stat()
    assert (net.file.device, net.file.inode) == (found.st_dev, found.st_ino)


def test_an_old_kernel_gives_no_number_and_everything_else() -> None:
    with counting(OldKernel()) as census:
        places = look(census, OWN)
        assert all(seen(places, index).ns_id is None for index in range(8))
        assert len({seen(places, index).file for index in range(8)}) == 8


def test_a_mount_namespace_was_numbered_before_the_others() -> None:
    class Linux611(Nsfs):
        def ask_number(self, fd: int, request: int) -> int | None:
            return 77 if request == NS_GET_MNTNS_ID else None

    with counting(Linux611()) as census:
        places = look(census, OWN)
    assert [place.ns_id for place in places if isinstance(place, ScannedNamespace)] == [77, *[None] * 7]


def test_the_request_numbers_are_those_of_the_header() -> None:
    def ior(number: int) -> int:
        return 2 << 30 | 8 << 16 | 0xB7 << 8 | number

    assert (ior(13), ior(5)) == (NS_GET_ID, NS_GET_MNTNS_ID)


@pytest.mark.root
@pytest.mark.parametrize("kernel", [Nsfs(), OldKernel()], ids=["numbers", "inodes"])
def test_who_shares_and_who_does_not(kernel: Nsfs) -> None:
    with unshared("--net", number=2) as (first, second), counting(kernel) as census:
        own, one, other = look(census, OWN), look(census, first), look(census, second)
        assert seen(one, NET) is seen(other, NET)
        assert seen(one, NET) is not seen(own, NET)
        assert seen(one, USER) is seen(own, USER)
        assert one is other


@pytest.mark.root
@pytest.mark.parametrize("kernel", [Nsfs(), OldKernel()], ids=["numbers", "inodes"])
def test_it_knows_owner_and_parent(kernel: Nsfs) -> None:
    with unshared("--user", "--pid", "--net", "--fork") as (pid,), counting(kernel) as census:
        own, inner = look(census, OWN), look(census, pid)
        assert seen(inner, NET).owner is seen(inner, USER)
        assert seen(inner, PID).owner is seen(inner, USER)
        assert seen(inner, PID).parent is seen(own, PID)
        assert seen(inner, USER).parent is seen(own, USER)
        assert seen(inner, NET).parent is None
        assert seen(own, USER).parent is None


@pytest.mark.root
def test_a_namespace_that_only_owns_others_is_met_too() -> None:
    nested = ("--user", "--map-root-user", "unshare", "--user", "--map-root-user")
    with unshared(*nested) as (pid,), counting() as census:
        user = seen(look(census, pid), USER)
        between = user.parent
        assert between is not None
        assert between.parent is seen(look(census, OWN), USER)
        assert between in set(census.namespaces())


def test_the_next_scan_remembers_owner_and_parent_without_asking() -> None:
    class Reluctant(Nsfs):
        def ask_namespace(self, fd: int, request: int) -> int | None:
            raise AssertionError("asked again")

    memory = NamespaceCache()
    with counting(memory=memory) as census:
        first = look(census, OWN)
        if any(place.ns_id is None for place in first if isinstance(place, ScannedNamespace)):
            pytest.skip("before Linux 6.18 there is nothing to remember it by")
    with counting(Reluctant(), memory) as census:
        assert look(census, OWN) == first
        assert seen(first, USER) in set(census.namespaces())


def test_pinned_namespaces_are_released() -> None:
    before = open_namespaces()
    with counting() as census:
        look(census, OWN)
        assert open_namespaces() > before
    assert open_namespaces() == before


def test_it_goes_on_unpinned_when_there_are_no_descriptors_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nsfs, "_RESERVED", 10**9)
    with counting() as census:
        before = open_namespaces()
        assert all(isinstance(place, ScannedNamespace) for place in look(census, OWN))
        assert open_namespaces() == before


def test_it_releases_all_namespaces_when_it_reaches_the_limit() -> None:
    class Scarce(Nsfs):
        opened = 0

        def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
            self.opened += 1
            if self.opened == 3:
                raise OSError(errno.EMFILE, "no more")
            return super().open(dir_fd, kind)

    before = open_namespaces()
    with counting(Scarce()) as census:
        assert all(isinstance(place, ScannedNamespace) for place in look(census, OWN))
    assert open_namespaces() == before


@pytest.mark.root
def test_a_process_that_moves_while_it_is_read_is_where_its_descriptor_is() -> None:
    with unshared("--net") as (pid,):

        class Moving(Nsfs):
            """Whoever is opened first is by then in the other network namespace."""

            moved = False

            def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
                if kind == "net" and not self.moved:
                    self.moved = True
                    return os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
                return super().open(dir_fd, kind)

        with counting(Moving()) as census:
            moved, there, here = look(census, OWN), look(census, pid), look(census, OWN)
        assert seen(moved, NET) is seen(there, NET)
        assert seen(here, NET) is not seen(moved, NET)
        assert seen(here, NET).file.inode == Path("/proc/self/ns/net").stat().st_ino


def test_a_namespace_that_cannot_be_opened_is_a_reason_and_nothing_more() -> None:
    class Closed(Nsfs):
        def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
            raise PermissionError(errno.EACCES, "no")

    with counting(Closed()) as census:
        assert look(census, OWN) == (errno.EACCES,) * 8


def links(**texts: bytes | int) -> Links:
    return tuple(texts.get(kind, f"{kind}:[{7000 + index}]".encode()) for index, kind in enumerate(TYPES))


def test_a_captured_tree_gives_only_the_text_of_its_links() -> None:
    with counting(LinkText()) as census:
        one = census.identify(-1, links(net=b"net:[4026532184]"))
        other = census.identify(-1, links(net=b"net:[4026532184]", uts=errno.ENOENT))
    assert seen(one, NET) is seen(other, NET)
    assert seen(one, NET).file == ("net", 0, 4026532184)
    assert other[1] == errno.ENOENT


@pytest.mark.parametrize("text", [b"net:[x]", b"net", b"\xff", b""])
def test_a_link_of_another_form_is_malformed(text: bytes) -> None:
    with counting(LinkText()) as census:
        assert census.identify(-1, links(net=text))[NET] == errno.EBADMSG


class Host:
    """Scans of a host without numbers, told rather than read: who is in which network namespace, by inode."""

    def __init__(self) -> None:
        self.keys = NamespaceKeys()

    def scan(self, **members: tuple[int, int]) -> dict[int, str]:
        """Inode → key, for ``name=(start, inode)`` of each process."""
        with counting(LinkText()) as census:
            found = [
                Member(name, start, census.identify(-1, links(net=f"net:[{inode}]".encode())))
                for name, (start, inode) in members.items()
            ]
            keys = self.keys.assign(BOOT, census.namespaces(), found)
        return {one.file.inode: key for one, key in keys.items() if one.file.kind == "net"}


def test_without_a_number_the_oldest_member_names_a_namespace() -> None:
    assert Host().scan(a=(50, 1), b=(40, 1), c=(60, 2)) == {
        1: "0f3c2d1e:net:0.1@40",
        2: "0f3c2d1e:net:0.2@60",
    }


def test_a_namespace_outlives_its_oldest_member() -> None:
    host = Host()
    before = host.scan(a=(40, 1), b=(50, 1))
    assert host.scan(b=(50, 1), c=(60, 1)) == before
    assert host.scan(c=(60, 1)) == before


def test_an_older_process_that_joins_does_not_rename_it() -> None:
    host = Host()
    before = host.scan(a=(50, 1), old=(10, 2))
    assert host.scan(a=(50, 1), old=(10, 1))[1] == before[1]


def test_the_same_inode_without_a_common_member_is_another_namespace() -> None:
    host = Host()
    before = host.scan(a=(40, 1))
    assert host.scan(b=(50, 1))[1] != before[1]


def test_a_member_that_left_and_came_to_the_same_inode_keeps_nothing() -> None:
    host = Host()
    before = host.scan(a=(40, 1), b=(45, 1))
    host.scan(a=(40, 2), b=(45, 2))
    assert host.scan(c=(60, 1), a=(40, 2))[1] != before[1]


@pytest.mark.root
def test_a_namespace_without_processes_keeps_its_key_while_it_owns_another() -> None:
    nested = ("--user", "--map-root-user", "unshare", "--user", "--map-root-user")
    keys = NamespaceKeys()
    with unshared(*nested) as (pid,):
        found = []
        for start in (100, 100):
            with counting(OldKernel()) as census:
                places = look(census, pid)
                named = keys.assign(BOOT, census.namespaces(), [Member("p", start, places)])
                found.append({one.file: key for one, key in named.items()})
                between = seen(places, USER).parent
        assert between is not None
        assert found[0] == found[1]
        assert found[0][between.file].endswith("@100")
