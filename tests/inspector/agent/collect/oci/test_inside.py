"""Files within another root: the links and the kinds of files that a container may lay out for us."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inspector.agent.collect.oci.inside import LONGEST, Root

OURS = (0, os.geteuid())


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A root directory that process 7 of a made-up ``/proc`` has."""
    root = tmp_path / "inner"
    root.mkdir()
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/root").symlink_to(root)
    return root


def read(inner: Path, path: str, owners: tuple[int, ...] = OURS) -> bytes | None:
    with Root(str(inner.parent / "proc"), 7) as root:
        return root.read(path, owners)


def test_absolute_links_lead_within_that_root(inner: Path) -> None:
    (inner / "etc").mkdir()
    (inner / "etc/hostname").write_text("inside")
    (inner / "config.json").symlink_to("/etc/hostname")
    (inner / "up.json").symlink_to("../../../../../../etc/hostname")
    assert read(inner, "/config.json") == b"inside"
    assert read(inner, "/up.json") == b"inside"


def test_a_link_to_what_only_the_host_has_leads_nowhere(inner: Path) -> None:
    (inner / "config.json").symlink_to("/etc/passwd")
    assert Path("/etc/passwd").exists()
    assert read(inner, "/config.json") is None


def test_a_pipe_does_not_hang_and_is_no_file(inner: Path) -> None:
    os.mkfifo(inner / "config.json")
    assert read(inner, "/config.json") is None
    assert read(inner, "/") is None


def test_large_files_and_files_of_others_are_refused(inner: Path) -> None:
    (inner / "large").write_bytes(b"x" * (LONGEST + 1))
    (inner / "whole").write_bytes(b"x" * LONGEST)
    assert read(inner, "/large") is None
    assert read(inner, "/whole") is not None
    assert read(inner, "/whole", (4_000_000,)) is None


@pytest.mark.root
def test_magic_links_are_not_followed(inner: Path) -> None:
    (inner / "config.json").write_text("{}")
    (inner / "link").symlink_to(f"/proc/{os.getpid()}/cwd/config.json")
    with Root("/proc", os.getpid()) as root:
        assert root.read(f"/proc/{os.getpid()}/root/etc/passwd", OURS) is None
        assert root.list("/etc")
    assert read(inner, "/link") is None
