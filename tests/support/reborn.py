"""Give a process the pid that is asked for: ``python -m tests.support.reborn PID COMMAND…``, as root; clone(2)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

CLONE3: Final = 435  # the same number on every architecture


class CloneArguments(ctypes.Structure):
    """``struct clone_args`` of ``include/uapi/linux/sched.h``, as Linux 5.5 has it."""

    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            *("flags", "pidfd", "child_tid", "parent_tid", "exit_signal"),
            *("stack", "stack_size", "tls", "set_tid", "set_tid_size"),
        )
    ]


def fork_as(pid: int) -> int:
    """:func:`os.fork`, whose child gets this pid.

    :raises OSError: the pid is taken, or we lack the capability.
    """
    wanted = (ctypes.c_int32 * 1)(pid)
    arguments = CloneArguments(exit_signal=signal.SIGCHLD, set_tid=ctypes.addressof(wanted), set_tid_size=1)
    call = ctypes.PyDLL(
        None, use_errno=True
    ).syscall  # PyDLL: the child must come back holding the interpreter's lock
    found = int(call(CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments)))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


if __name__ == "__main__":
    child = fork_as(int(sys.argv[1]))
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    os.waitpid(child, 0)
