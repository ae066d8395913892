"""Every exception Isoscope raises on purpose. Each message says what happened and, where one can, what to do."""

from __future__ import annotations

from typing import Literal


class IsoscopeError(Exception):
    """The base class. Commands print its message and exit with status 2."""


class MalformedProc(IsoscopeError):
    """A file under ``/proc`` does not have the form that its man page gives; ``data`` holds the offending bytes."""

    def __init__(self, what: str, data: bytes) -> None:
        super().__init__(f"{what} is malformed: {data[:200]!r}")
        self.what = what
        self.data = data


class MalformedFrame(IsoscopeError):
    """A message is not of the protocol; nothing of it was stored."""


class OutOfStep(IsoscopeError):
    """Changes were applied to another state than the one they were made for."""


class Diverged(OutOfStep):
    """The checksum in the frame is of another state than the one that history would hold."""


class EngineUnavailable(IsoscopeError):
    """A container engine is missing, denies access, or does not answer in time.

    :param why: ``unsupported`` (not there), ``forbidden`` or ``gone`` (there, but no answer).
    """

    def __init__(self, message: str, why: str = "gone") -> None:
        super().__init__(message)
        self.why = why


class EventsUnavailable(IsoscopeError):
    """The kernel does not report process events to us.

    :param why: ``forbidden`` or ``unsupported``.
    """

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


class KernelReaderUnavailable(IsoscopeError):
    """Processes cannot be read from the kernel's own structures here.

    :param why: ``forbidden``, ``unsupported``, or ``malformed`` where what was read contradicts ``/proc``.
    """

    def __init__(self, message: str, why: Literal["forbidden", "unsupported", "malformed"]) -> None:
        super().__init__(message)
        self.why = why


class NoSuchSnapshot(IsoscopeError):
    """History does not hold the moment asked for."""


class FolderInUse(IsoscopeError):
    """Another agent keeps its undelivered frames in this folder."""


class HostAway(IsoscopeError):
    """The agent of a host has sent nothing for several intervals, so no snapshot can be requested."""


class MalformedMoment(IsoscopeError):
    """A text is not a moment in any form that is understood."""


class MomentToCome(MalformedMoment):
    """A moment of history was asked for that is still to come."""


class TooManyBookmarks(IsoscopeError):
    """One person has as many bookmarks of a host as anybody may have."""
