"""Every exception Isoscope raises on purpose. Each message says what happened and, where one can, what to do."""

from __future__ import annotations


class IsoscopeError(Exception):
    """The root of them all; commands print its message and exit 2."""


class MalformedProc(IsoscopeError):
    """A file under ``/proc`` does not have the form its man page gives; carries the offending bytes."""

    def __init__(self, what: str, data: bytes) -> None:
        super().__init__(f"{what} is malformed: {data[:200]!r}")
        self.what = what
        self.data = data


class MalformedFrame(IsoscopeError):
    """A message is not of the protocol; nothing of it was stored."""


class OutOfStep(IsoscopeError):
    """Changes were applied to another state than the one they were made for."""


class Diverged(OutOfStep):
    """The checksum that came along is of another state than the one history would hold."""


class EngineUnavailable(IsoscopeError):
    """A container engine is missing, refuses us, or does not answer in time.

    :param why: ``unsupported`` (not there), ``forbidden`` or ``gone`` (there, but no answer).
    """

    def __init__(self, message: str, why: str = "gone") -> None:
        super().__init__(message)
        self.why = why


class EventsUnavailable(IsoscopeError):
    """The kernel does not tell us of processes as it happens.

    :param why: ``forbidden`` or ``unsupported``.
    """

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


class NoSuchSnapshot(IsoscopeError):
    """History does not hold the moment asked for."""


class FolderInUse(IsoscopeError):
    """Another agent keeps its undelivered frames in this folder."""


class HostAway(IsoscopeError):
    """The agent of a host has not been heard of for several intervals, so nothing can be asked of it."""


class MalformedMoment(IsoscopeError):
    """A text names no moment in any form that is understood."""
