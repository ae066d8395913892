"""The capabilities that this process holds, what the agent uses each for, and giving up the rest.

See capabilities(7), capset(2), PR_CAPBSET_DROP(2const), PR_CAP_AMBIENT(2const) and PR_SET_NO_NEW_PRIVS(2const).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final, NamedTuple

from inspector.facts.capabilities import NAMES, names_of

_CAPBSET_DROP, _SET_NO_NEW_PRIVS, _CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 24, 38, 47, 4  # include/uapi/linux/prctl.h
_VERSION_3: Final = 0x20080522
_MOST: Final = 64
_SETS: Final = struct.Struct("=6I")  # effective, permitted, inheritable; then the same of capabilities 32 and above

_libc = ctypes.CDLL(None, use_errno=True)


def bits(*names: str) -> int:
    """The set of these capabilities."""
    return sum(1 << NAMES.index(name) for name in names)


class Use(NamedTuple):
    """What the agent uses some capabilities for."""

    names: tuple[str, ...]
    gives: str
    lost: str  # what falls away without them
    kept: str  # how long an agent that holds them keeps them

    @property
    def bits(self) -> int:
        return bits(*self.names)

    def __str__(self) -> str:
        return ", ".join(f"CAP_{name.upper()}" for name in self.names)


_KEPT: Final = "kept"

USES: Final = (
    Use(
        ("bpf", "perfmon"),
        "the kernel reader: processes of all users, with their namespaces, who owns these, and their rights",
        "processes are read from /proc",
        "CAP_BPF is kept, CAP_PERFMON is given up once the programs are loaded",
    ),
    Use(
        ("sys_ptrace",),
        "namespaces of other users' processes by the procfs reader; who serves which socket; where namespaces are "
        "mounted",
        "these namespaces, unless the kernel reader reads them; in a chain, who asked a shim for its container; bind "
        "mounts that other users' processes see",
        _KEPT,
    ),
    Use(
        ("dac_read_search",),
        "who serves the sockets of rootless engines; a data folder within another user's private folder",
        "in their chains, who asked a shim for its container; such a data folder",
        _KEPT,
    ),
    Use(
        ("net_admin",),
        "room for 15,000 process events that wait; before Linux 6.6 process events at all",
        "on a busy host some events, whose processes the next pass finds; before Linux 6.6 all of them",
        _KEPT,
    ),
    Use(
        ("setuid", "setgid"),
        "a data folder of another account, used with that account's rights",
        "what waits for the server stays in memory",
        "kept where the data folder is another account's",
    ),
    Use(
        ("dac_override",),
        "the socket of a rootless engine",
        "names, images and declared modes of its containers",
        "kept where the engine's socket is another account's",
    ),
    Use(
        ("chown",),
        "a new data folder, given to its owner",
        "the folder has to exist already",
        "given up once the data folder is open",
    ),
    Use(
        ("setpcap",),
        "an empty bounding set",
        "the set stays as it was; no_new_privs is set anyway",
        "given up at the start",
    ),
)
"""Every capability that the agent uses; what is in none of these it gives up unused."""

READING: Final = bits("bpf", "perfmon")
INSTEAD: Final = bits("sys_admin")  # gives both of these; for who grants no finer ones
LOADING: Final = bits("perfmon")  # checked when a program is loaded, not when it runs


def needed(reads_kernel: bool, foreign_folder: bool, foreign_socket: bool) -> int:
    """What an agent needs after its start.

    :param reads_kernel: the kernel reader may be used.
    :param foreign_folder: its data folder is another account's.
    :param foreign_socket: the socket of its engine is another account's.
    """
    kept = bits("sys_ptrace", "dac_read_search", "net_admin")
    if reads_kernel:
        kept |= READING if held() & READING == READING else INSTEAD
    if foreign_folder:
        kept |= bits("setuid", "setgid")
    return kept | bits("dac_override") if foreign_socket else kept


def held() -> int:
    """The permitted capabilities of this thread.

    :raises OSError: the kernel refuses to say it.
    """
    header, sets = struct.pack("=Ii", _VERSION_3, 0), ctypes.create_string_buffer(_SETS.size)
    _check(_libc.capget(header, sets))
    found = _SETS.unpack(sets.raw)
    return int(found[1] | found[4] << 32)


def keep_only(capabilities: int) -> None:
    """Let this thread, and those that it starts, hold no other capabilities, and gain none by what they execute.

    Other threads keep theirs: call it before there are any. It cannot be undone.

    :raises OSError: the kernel refuses it.
    """
    kept = held() & capabilities
    _empty_bounding_set()
    _prctl(_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    _check(_libc.capset(struct.pack("=Ii", _VERSION_3, 0), _SETS.pack(low, low, 0, high, high, 0)))
    _prctl(_SET_NO_NEW_PRIVS, 1)
    if held() != kept:
        raise OSError(errno.EPERM, f"these capabilities could not be given up: {' '.join(names_of(held() & ~kept))}")


def _empty_bounding_set() -> None:
    """Without CAP_SETPCAP nothing changes. Then it is ``no_new_privs`` that lets no program gain any."""
    for number in range(_MOST):
        if _libc.prctl(_CAPBSET_DROP, number, 0, 0, 0) != 0:
            return  # not ours to drop, or the kernel has no more


def _prctl(what: int, value: int) -> None:
    _check(_libc.prctl(what, value, 0, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
