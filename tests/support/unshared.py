"""Real processes in namespaces of their own, for as long as a test needs them."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import psutil


@contextlib.contextmanager
def unshared(*flags: str, number: int = 1) -> Iterator[list[int]]:
    """The host pids of ``number`` processes that live together in new namespaces: ``unshared("--uts", "--net")``."""
    sleepers = "cat & " * (number - 1)  # cat ends when the pipe that all of them read from is closed
    script = f"exec 3<&0; {sleepers.replace('cat', 'cat <&3')} echo up; read x"
    command = ["unshare", *flags, "sh", "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            top = psutil.Process(child.pid)
            family = [process.pid for process in [top, *top.children(recursive=True)]]
            yield family[1:] if "--fork" in flags else family
        finally:
            assert child.stdin is not None
            child.stdin.close()
            child.wait()
