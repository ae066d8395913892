"""What an error means for an agent's connection: an answer to the frame, or the end of the connection."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db import DatabaseError, InterfaceError

from dashboard.models import SpokenFor
from inspector.errors import MalformedFrame, OutOfStep
from inspector.protocol.close_codes import BUSY, REVOKED, SPOKEN_FOR, TAKEN

LONGEST_REASON = 500


class Revoked(Exception):
    """The agent's token does not authorise it for this host, or no longer does."""


class Overtaken(Exception):
    """Another connection has claimed the host."""

    def __str__(self) -> str:
        return "another agent speaks for this host"


class Refusal(NamedTuple):
    """The frame was not stored. The answer says why, and the connection stays open."""

    need: Literal["reset"] | None = None
    refused: str | None = None


class Close(NamedTuple):
    """The connection ends with this code."""

    code: int
    reason: str


def outcome_of(error: Exception) -> Refusal | Close:
    """Map an error to the answer or the close code that the agent gets.

    After an error that is not expected the connection closes: the agent keeps the frame and sends it again later.
    """
    match error:
        case SpokenFor():
            return Close(SPOKEN_FOR, "another token speaks for this host")
        case Revoked():
            return Close(REVOKED, str(error))
        case Overtaken():
            return Close(TAKEN, str(error))
        case DatabaseError() | InterfaceError():
            return Close(BUSY, "the frame could not be stored, try again later")
        case OutOfStep():
            return Refusal(need="reset")
        case MalformedFrame():
            return Refusal(refused=str(error)[:LONGEST_REASON])
    return Close(BUSY, "the server had an internal error, try again later")
