"""Another account on this machine, and what it can run."""

from __future__ import annotations

import functools
import os
import pwd
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

PACKAGES: Final = sysconfig.get_path("purelib")
NOBODY: Final = pwd.getpwnam("nobody")


@functools.cache
def python_for(account: pwd.struct_passwd) -> str:
    """This Python, or the system's where it lies in root's home; with this one's packages it serves as well."""
    program = "import sys, django; print(sys.version_info[:2])"
    for python in (sys.executable, "/usr/bin/python3"):
        answer = subprocess.run(
            ["/usr/bin/env", python, "-c", program],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": PACKAGES},
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.stdout.strip() == str(sys.version_info[:2]):
            return python
    pytest.skip("another account can run no Python of this version here")


def give(path: Path, uid: int = NOBODY.pw_uid, gid: int = NOBODY.pw_gid) -> Path:
    """The path, which belongs to that account from now on; a link itself, not what it leads to."""
    os.chown(path, uid, gid, follow_symlinks=False)
    return path


class Background:
    """A child that does something again and again as another account, until it is stopped."""

    def __init__(self, work: Callable[[], object], uid: int) -> None:
        self.child = os.fork()
        if self.child == 0:
            self._repeat(work, uid)

    def _repeat(self, work: Callable[[], object], uid: int) -> None:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            while os.getppid() != 1:
                work()
        except BaseException as error:
            print(f"no more: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)

    def is_alive(self) -> bool:
        return os.waitpid(self.child, os.WNOHANG) == (0, 0)

    def stop(self) -> None:
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
