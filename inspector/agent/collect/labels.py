"""The label of a process: a profile of AppArmor, a context of SELinux, or another module's. See proc_pid_attr(5)."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from inspector.agent.collect.procfs import File, decode
from inspector.facts.types import Confinement

NAME: Final = b"attr/current"
_MOST: Final = 4096


def own_answer(proc: str = "/proc") -> int | None:
    """The error number that reading our own label gives; ``EINVAL`` where no module labels processes."""
    try:
        with open(f"{proc}/self/attr/current", "rb") as file:
            file.read()
    except OSError as error:
        return error.errno or errno.EIO
    return None


def label_reader(read: Callable[[int, bytes], File], proc: str = "/proc") -> Callable[[int], File]:
    """What reads the label of a process, by its folder. Where ours cannot be read, no file is asked for again.

    :param read: :func:`inspector.agent.collect.procfs.read_file`.
    """
    answer = own_answer(proc)
    return (lambda folder: read(folder, NAME)) if answer is None else (lambda _: answer)


def parse_label(data: File) -> str | None:
    """The label; empty where no module labels processes, ``None`` where it could not be read. No I/O."""
    if isinstance(data, int):
        return "" if data == errno.EINVAL else None
    return decode(data.rstrip(b"\0\n"))[:_MOST]


@lru_cache(4096)
def labelled(confinement: Confinement | None, data: File) -> Confinement | None:
    """A confinement with its label, the same object for the same two: most processes are confined alike."""
    label = parse_label(data)
    return confinement and (confinement if label is None else msgspec.structs.replace(confinement, label=label))
