"""What an error means when something below ``/proc`` is read: the process has ended, or there is a gap."""

from __future__ import annotations

import errno
from typing import Final

from inspector.facts.types import Why

_GONE: Final = frozenset((errno.ENOENT, errno.ESRCH))
_FORBIDDEN: Final = frozenset((errno.EACCES, errno.EPERM))


class Gone(Exception):
    """The process ended while it was read. That is no gap: there is nothing to know."""


def why(number: int) -> Why:
    """What an error number means for a gap."""
    if number in _GONE:
        return "gone"
    return "forbidden" if number in _FORBIDDEN else "unsupported"


def gone_or(error: OSError) -> Exception:
    """:class:`Gone` if the error says that the process has ended; otherwise the error itself."""
    return Gone() if error.errno in _GONE else error


def number_unless_gone(error: OSError) -> int:
    """The error number.

    :raises Gone: the process has ended.
    """
    if error.errno in _GONE:
        raise Gone from None
    return error.errno or errno.EIO
