"""The kernel's events of processes, as they happen: fork, exec, exit, a new name, a new user.

The process connector is a multicast group of netlink. It serves only the initial namespaces, and reports each thread;
a filter in the kernel drops what concerns threads, so that a busy host costs one message per process and event.
What it does not report is setns(2) and unshare(2). See ``include/uapi/linux/cn_proc.h``,
``drivers/connector/cn_proc.c``, and netlink(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
import time
from typing import Final, NamedTuple

from inspector.agent.collect.readable import readable
from inspector.errors import EventsUnavailable

NONE: Final = 0
FORK: Final = 0x1
EXEC: Final = 0x2
UID: Final = 0x4
COMM: Final = 0x200
EXIT: Final = 0x80000000
"""``PROC_EVENT_*`` of ``enum proc_cn_event``; :data:`NONE` marks the kernel's answer to a request."""

WANTED: Final = FORK | EXEC | UID | COMM | EXIT

BUFFER_BYTES: Final = 16 * 2**20
"""Room for events that wait: some 15,000. The kernel takes it only as they come."""

ANSWER_S: Final = 1.0
_TRIES: Final = 3

_NETLINK_CONNECTOR: Final = 11
_CN_IDX_PROC: Final = 1
_CN_VAL_PROC: Final = 1
_LISTEN, _IGNORE = 1, 2  # enum proc_cn_mcast_op
_NLMSG_DONE: Final = 3
_SO_RCVBUFFORCE: Final = 33
_SO_ATTACH_FILTER: Final = 26
_MOST_AT_ONCE: Final = 50_000  # events, so that a flood cannot keep us reading

_HEADER: Final = struct.Struct("=IHHII IIIIHH")  # struct nlmsghdr, struct cn_msg
_EVENT: Final = struct.Struct("=36x I4xQ IIII")  # what, timestamp_ns; the first four words of event_data
_WHAT, _PID, _TGID, _CHILD, _CHILD_TGID = 36, 52, 56, 60, 64  # offsets in a message


class Event(NamedTuple):
    """Something happened to a process, a thread group."""

    what: int
    pid: int  # of a fork: the child
    at_ns: int  # CLOCK_MONOTONIC, when it happened


class Answer(NamedTuple):
    """The kernel's answer to a request: whether it was accepted."""

    number: int  # names the request it answers
    error: int  # an error number; 0: accepted


class Heard(NamedTuple):
    """What was read at once."""

    events: list[Event]
    lost: bool  # the buffer overflowed: there were more


def parse_message(data: bytes) -> Event | Answer | None:
    """Parse one message of the process connector.

    :return: ``None`` for what concerns a thread, for events not wanted, and for messages of any other form.

    No I/O.
    """
    if len(data) < _EVENT.size:
        return None
    what, at_ns, pid, tgid, child, child_tgid = _EVENT.unpack_from(data)
    if what == FORK:
        return Event(FORK, child, at_ns) if child == child_tgid else None
    if what & WANTED:
        return Event(what, pid, at_ns) if pid == tgid else None
    if what == NONE:
        return Answer(_HEADER.unpack_from(data)[8] - 1, pid)  # the kernel adds one to the number it was given
    return None


class Connector:
    """A socket on which the kernel reports; to be read when it is readable.

    :param buffer_bytes: how much may wait to be read.
    :raises EventsUnavailable: with ``why``: ``forbidden`` (before Linux 6.6 it takes CAP_NET_ADMIN), or
        ``unsupported`` (no CONFIG_PROC_EVENTS, or we live in another pid, user or network namespace than the host's).
    """

    def __init__(self, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._socket = _open_socket()
        try:
            _make_room(self._socket, buffer_bytes)
            _attach_filter(self._socket)
            self._socket.bind((0, _CN_IDX_PROC))  # the group's number, as a mask
            self._begin()
        except EventsUnavailable:
            self._socket.close()
            raise
        except OSError as error:
            self._socket.close()
            raise _unavailable(error.errno) from error

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> Heard:
        """Read all events that wait. Never blocks.

        :raises OSError: the socket is broken.

        Cost: 2 µs an event.
        """
        events: list[Event] = []
        lost = False
        for _ in range(_MOST_AT_ONCE):
            try:
                message = parse_message(self._socket.recv(256, socket.MSG_DONTWAIT))
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                lost = True
            else:
                if isinstance(message, Event):
                    events.append(message)
        return Heard(events, lost)

    def close(self) -> None:
        """Stop listening. Before Linux 6.6 the kernel goes on reporting until this is requested."""
        with contextlib.suppress(OSError):
            self._send(struct.pack("=I", _IGNORE))
        self._socket.close()

    def _begin(self) -> None:
        """Ask for events, and wait for the answer: where the request is not received, there is none.

        On a busy host events fill the buffer before the answer is read; so it is asked again.
        """
        answers = (self._read_answer(self._send(struct.pack("=I", _LISTEN))) for _ in range(_TRIES))
        error = next((answer for answer in answers if answer is not None), errno.EOPNOTSUPP)
        if error:
            raise _unavailable(error)
        self._send(struct.pack("=II", _LISTEN, WANTED))  # Linux 6.6 then makes no others; before, it is ignored

    def _read_answer(self, number: int) -> int | None:
        """The error number answered to this request; ``None`` where no answer came in time, whatever else did."""
        end = time.monotonic() + ANSWER_S
        while (left := end - time.monotonic()) > 0 and readable([self._socket.fileno()], left):
            with contextlib.suppress(BlockingIOError):
                message = parse_message(self._receive())
                if isinstance(message, Answer) and message.number == number:
                    return message.error
        return None

    def _receive(self) -> bytes:
        """Read one message; nothing where the buffer overflowed."""
        try:
            return self._socket.recv(256, socket.MSG_DONTWAIT)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            return b""

    def _send(self, operation: bytes) -> int:
        """Send a request; return the number that its answer will have."""
        number = int.from_bytes(os.urandom(3))
        length = _HEADER.size + len(operation)
        header = _HEADER.pack(
            *(length, _NLMSG_DONE, 0, 0, os.getpid()),
            *(_CN_IDX_PROC, _CN_VAL_PROC, 0, number, len(operation), 0),
        )
        self._socket.sendto(header + operation, (0, 0))
        return number


def _open_socket() -> socket.socket:
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_CONNECTOR)
    except OSError as error:
        raise _unavailable(error.errno) from error


def _make_room(listening: socket.socket, size: int) -> None:
    """Set the size of the buffer; beyond ``net.core.rmem_max`` it takes CAP_NET_ADMIN."""
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except PermissionError:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def _attach_filter(listening: socket.socket) -> None:
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in make_filter())
    buffer = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, description)


def make_filter() -> list[tuple[int, int, int, int]]:
    """The filter as classic BPF, instructions of (code, jump if true, jump if false, operand).

    It passes the kernel's answers, every exec, and the forks, exits and new names of thread groups. A load
    reads in network order, so the constants are turned to it. See ``Documentation/networking/filter.rst``.
    """
    load, to_x, equals, equals_x, give_back = 0x20, 0x07, 0x15, 0x1D, 0x06
    what = [socket.htonl(event) for event in (NONE, EXEC, FORK, UID, COMM, EXIT)]
    return [
        (load, 0, 0, _WHAT),
        (equals, 14, 0, what[0]),
        (equals, 13, 0, what[1]),
        (equals, 4, 0, what[2]),
        (equals, 7, 0, what[3]),
        (equals, 6, 0, what[4]),
        (equals, 5, 0, what[5]),
        (give_back, 0, 0, 0),
        (load, 0, 0, _CHILD),
        (to_x, 0, 0, 0),
        (load, 0, 0, _CHILD_TGID),
        (equals_x, 4, 5, 0),
        (load, 0, 0, _PID),
        (to_x, 0, 0, 0),
        (load, 0, 0, _TGID),
        (equals_x, 0, 1, 0),
        (give_back, 0, 0, 0xFFFFFFFF),
        (give_back, 0, 0, 0),
    ]


def _unavailable(number: int | None) -> EventsUnavailable:
    if number in (errno.EPERM, errno.EACCES):
        return EventsUnavailable(
            "the kernel's process events may not be received: that takes CAP_NET_ADMIN", "forbidden"
        )
    return EventsUnavailable(
        "the kernel does not report process events here: it lacks CONFIG_PROC_EVENTS, or this is not the host's own "
        "network, pid and user namespace",
        "unsupported",
    )
