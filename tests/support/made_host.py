"""A ``/proc`` made up in a folder, whose processes fork, become other programs, move and end as a test has it.

Its namespaces are files: a link such as ``net:[4711]`` leads to the file with the inode 4711, so that opening it
finds what its text says, as on a real host.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from inspector.agent.collect.nsfs import Nsfs
from inspector.facts.namespaces import TYPES, NamespaceType

CONTAINERS = ("a" * 64, "b" * 64)

PROGRAMS: dict[str, list[str]] = {
    "sleep": ["sleep", "1000"],
    "sh": ["sh", "-c", "true"],
    "dockerd": ["/usr/bin/dockerd"],
    "containerd": ["/usr/bin/containerd"],
    "containerd-shim": ["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", CONTAINERS[0]],
    "runc": ["runc", "init"],
}


class Numbered(Nsfs):
    """A kernel that numbers its namespaces; the inode does for the number, since no file here is ever deleted."""

    def read_id(self, fd: int, kind: NamespaceType) -> int | None:
        return os.fstat(fd).st_ino

    def ask_namespace(self, fd: int, request: int) -> int | None:
        return None


class Unnumbered(Numbered):
    """A kernel before Linux 6.11."""

    def read_id(self, fd: int, kind: NamespaceType) -> int | None:
        return None


@dataclass
class Living:
    """A process as the test knows it."""

    pid: int
    parent: int
    start: int
    program: str
    cgroup: str
    spaces: tuple[int, ...]  # for each type the number of its namespace
    inside: bool = False  # pid 1 of a pid namespace of its own
    zombie: bool = False


@dataclass
class MadeHost:
    """Processes by pid, written below ``root`` with :meth:`write`."""

    root: Path
    living: dict[int, Living] = field(default_factory=dict)
    clock: int = 0
    namespaces: int = 1

    def __post_init__(self) -> None:
        (self.root / "files").mkdir(parents=True)
        self.proc.mkdir()
        for pid in (1, 2):
            self.living[pid] = Living(pid, 0, self.tick(), "sh", "/", (0,) * len(TYPES))
            self.write(pid)

    @property
    def proc(self) -> Path:
        return self.root / "proc"

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def fork(self, parent: int, pid: int) -> None:
        """A child with everything of its parent's."""
        above = self.living[parent]
        self.living[pid] = Living(pid, parent, self.tick(), above.program, above.cgroup, above.spaces)
        self.write(pid)

    def become(self, pid: int, program: str) -> None:
        self.living[pid].program = program
        self.write(pid)

    def enter_container(self, pid: int, identity: str) -> None:
        self.living[pid].cgroup = f"/docker/{identity}"
        self.write(pid)

    def unshare(self, pid: int, kind: int, inside: bool = False) -> None:
        """Into a namespace of its own."""
        one = self.living[pid]
        one.spaces = (*one.spaces[:kind], self.namespaces, *one.spaces[kind + 1 :])
        one.inside = inside
        self.namespaces += 1
        self.write(pid)

    def join(self, pid: int, other: int, kind: int) -> None:
        one = self.living[pid]
        one.spaces = (*one.spaces[:kind], self.living[other].spaces[kind], *one.spaces[kind + 1 :])
        self.write(pid)

    def end(self, pid: int, zombie: bool) -> None:
        """The process ends; its children become those of pid 1."""
        for other in self.living.values():
            if other.parent == pid:
                other.parent = 1
                self.write(other.pid)
        if zombie:
            self.living[pid].zombie = True
            self.write(pid)
        else:
            self.reap(pid)

    def reap(self, pid: int) -> None:
        del self.living[pid]
        shutil.rmtree(self.proc / str(pid))

    def write(self, pid: int) -> None:
        one = self.living[pid]
        folder = self.proc / str(pid)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "ns").mkdir(parents=True)
        flags = 0x200000 if pid == 2 else 0
        before_start = " ".join(["0"] * 12)
        state = "Z" if one.zombie else "S"
        (folder / "stat").write_text(
            f"{pid} ({one.program[:15]}) {state} {one.parent} 0 0 0 -1 {flags} {before_start} {one.start} 0 0\n"
        )
        nspid = f"{pid}\t1" if one.inside else f"{pid}"
        (folder / "status").write_text(f"Name:\t{one.program}\nUid:\t0\t0\t0\t0\nNSpid:\t{nspid}\n")
        words = [] if one.zombie or pid == 2 else PROGRAMS[one.program]
        (folder / "cmdline").write_text("".join(f"{word}\0" for word in words))
        (folder / "cgroup").write_text(f"0::{one.cgroup}\n")
        if not one.zombie:
            self._link(folder / "ns", one.spaces)

    def _link(self, folder: Path, spaces: tuple[int, ...]) -> None:
        for kind, number in zip(TYPES, spaces, strict=True):
            file = self.root / "files" / f"{kind}-{number}"
            file.touch()
            text = f"{kind}:[{file.stat().st_ino}]"
            os.link(file, folder / text)
            (folder / kind).symlink_to(text)
