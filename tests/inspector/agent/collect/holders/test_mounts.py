"""Mounts of namespaces in ``mountinfo``."""

from __future__ import annotations

import pytest

from inspector.agent.collect.holders.mounts import Mount, parse_mounts

ROOT = b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
NET = b"131 22 0:4 net:[4026532254] %s rw shared:5 - nsfs nsfs rw\n"


def test_mounts_of_namespaces_are_told_and_others_are_not() -> None:
    uts = b"132 22 0:4 uts:[4026532255] /run/uts rw - nsfs nsfs rw\n"
    found = list(parse_mounts(ROOT + NET % b"/run/netns/x" + uts))
    assert found == [Mount("net", 4026532254, b"/run/netns/x"), Mount("uts", 4026532255, b"/run/uts")]


def test_one_that_is_mounted_twice_at_a_path_is_told_once() -> None:
    assert len(list(parse_mounts(NET % b"/run/netns/x" * 1 + NET % b"/run/netns/x"))) == 1


def test_paths_are_those_of_the_file_system_whatever_their_bytes() -> None:
    [mount] = parse_mounts(NET % rb"/a\040b\134\012" + ROOT)
    assert mount.path == b"/a b\\\n"
    [mount] = parse_mounts(NET % b"/\xff")
    assert mount.path == b"/\xff"


def test_a_file_system_that_only_names_itself_so_is_none() -> None:
    assert list(parse_mounts(ROOT)) == []
    pid = b"133 22 0:4 mystery:[1] /x rw - nsfs nsfs rw\n"
    assert list(parse_mounts(pid)) == []


def test_what_has_another_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="link"):
        list(parse_mounts(b"131 22 0:4 /not/a/link /x rw - nsfs nsfs rw\n"))
