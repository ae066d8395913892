"""States as JSON. The gzip form is cached: it is made once for all clients."""

from __future__ import annotations

import gzip

from dashboard.api import large
from dashboard.api.byte_cache import Recent
from inspector.history.states import state_at
from inspector.models import Host
from inspector.protocol.frames import encode

packed = Recent(most_bytes=64 * 2**20)


def encoded_state(host: Host, seq: int) -> bytes:
    """The state at ``seq`` as JSON, not compressed and not cached.

    :raises NoSuchSnapshot: history does not hold it.
    """
    return large.make(host, seq, read_state, host, seq)


def packed_state(host: Host, seq: int) -> bytes:
    """The state at ``seq`` as gzip-compressed JSON. A state never changes, so an entry never becomes stale.

    :raises NoSuchSnapshot: history does not hold it.
    """
    return packed.get((host.pk, seq), lambda: large.make(host, seq, pack_state, host, seq))


def read_state(host: Host, seq: int) -> bytes:
    return encode(state_at(host, seq))


def pack_state(host: Host, seq: int) -> bytes:
    return gzip.compress(read_state(host, seq), compresslevel=2, mtime=0)
