"""bpf(2): load a program, attach it as an iterator, and read what a pass of it writes."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import platform
import struct
import weakref
from typing import Final, Literal

from inspector.errors import KernelReaderUnavailable

log = logging.getLogger("isoscope.agent")

_NUMBERS: Final = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "loongarch64": 280, "ppc64le": 361}
"""The system call's number, by machine; little-endian ones only."""

_PROG_LOAD, _LINK_CREATE, _ITER_CREATE = 5, 28, 33
_TRACING, _TRACE_ITER = 26, 28
_LICENCE: Final = b"GPL\0"  # of the program; some helpers are only for it
_LOG_BYTES: Final = 1 << 20
_LOG_LINES: Final = 12
_READ_BYTES: Final = 1 << 20

# union bpf_attr, as far as it is used
_LOAD: Final = struct.Struct("<IIQQIIQII16sIIIIQIIQIII")
_LINK: Final = struct.Struct("<IIIIQI4x")
_ITERATE: Final = struct.Struct("<II")
_TASK: Final = struct.Struct("<III4x")  # bpf_iter_link_info.task: one thread, one process, or one pidfd

_libc = ctypes.CDLL(None, use_errno=True)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class TaskIterator:
    """A loaded program that the kernel runs for each task of a pass.

    :param code: instructions.
    :param function: the BTF id of ``bpf_iter_task``.
    :raises KernelReaderUnavailable: it was refused.
    """

    def __init__(self, code: bytes, function: int) -> None:
        self._program = _load(code, function)
        try:
            self._link = self._attach(0)
        except OSError as error:
            os.close(self._program)
            raise _refused("attached", error) from None
        self._closing = weakref.finalize(self, _close, self._link, self._program)

    def read_all(self) -> bytes:
        """What the program writes for all tasks that the caller's pid namespace shows.

        :raises OSError: as bpf(2) and read(2).
        """
        return _pass_over(self._link)

    def read_one(self, pid: int) -> bytes:
        """The same for the first thread of one process, nothing where there is none.

        :raises OSError: as bpf(2) and read(2).

        Since Linux 6.1. Older kernels refuse it, or pass over all tasks.
        """
        if pid <= 0:
            return b""  # for the kernel 0 is all of them
        try:
            link = self._attach(pid)
        except ProcessLookupError:
            return b""
        try:
            return _pass_over(link)
        finally:
            os.close(link)

    def close(self) -> None:
        """Unload the program; what is forgotten is unloaded, too."""
        self._closing()

    def _attach(self, pid: int) -> int:
        task = ctypes.create_string_buffer(_TASK.pack(pid, 0, 0), _TASK.size)
        where, length = (ctypes.addressof(task), _TASK.size) if pid else (0, 0)
        return _bpf(_LINK_CREATE, _LINK.pack(self._program, 0, _TRACE_ITER, 0, where, length))


def _load(code: bytes, function: int) -> int:
    try:
        return _bpf_load(code, function, None)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOSYS):
            _explain(code, function)
        raise _refused("loaded", error) from None


def _explain(code: bytes, function: int) -> None:
    """Write the end of what the verifier says to the log, where it is asked for."""
    said = ctypes.create_string_buffer(_LOG_BYTES)
    try:
        os.close(_bpf_load(code, function, said))
    except OSError:
        for line in said.value.decode(errors="replace").splitlines()[-_LOG_LINES:]:
            log.debug("the kernel's verifier: %s", line)


def _bpf_load(code: bytes, function: int, said: ctypes.Array[ctypes.c_char] | None) -> int:
    instructions = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(_LICENCE, len(_LICENCE))
    level, length, where = (0, 0, 0) if said is None else (1, len(said), ctypes.addressof(said))
    addresses = ctypes.addressof(instructions), ctypes.addressof(licence)
    program = (_TRACING, len(code) // 8, *addresses, level, length, where, 0, 0, b"isoscope")
    return _bpf(_PROG_LOAD, _LOAD.pack(*program, 0, _TRACE_ITER, 0, 0, 0, 0, 0, 0, 0, function, 0))


def _refused(what: str, error: OSError) -> KernelReaderUnavailable:
    why: Literal["forbidden", "unsupported"] = "forbidden" if error.errno == errno.EPERM else "unsupported"
    return KernelReaderUnavailable(f"the kernel did not let its program be {what}: {error.strerror}", why)


def _pass_over(link: int) -> bytes:
    fd = _bpf(_ITER_CREATE, _ITERATE.pack(link, 0))
    try:
        parts = []
        while part := os.read(fd, _READ_BYTES):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(fd)


def _bpf(command: int, attributes: bytes) -> int:
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    found = int(_libc.syscall(number, command, buffer, len(attributes)))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found
