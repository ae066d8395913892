"""States as they go out over HTTP, packed once for everybody who asks."""

from __future__ import annotations

import gzip

from dashboard.api.byte_cache import Recent
from inspector.history.states import state_at
from inspector.models import Host
from inspector.protocol.frames import encode

packed = Recent(most_bytes=64 * 2**20)


def packed_state(host: Host, seq: int) -> bytes:
    """The state at ``seq`` as JSON, in gzip. It never changes, so nothing here grows stale.

    :raises NoSuchSnapshot: history does not hold it.
    """
    return packed.get((host.pk, seq), lambda: gzip.compress(encode(state_at(host, seq)), compresslevel=2, mtime=0))
