"""One entry as it is told: the sentence, the moment, and the links to it."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from dashboard.config.public_url import last_url
from inspector.analysis.feed.entries import Entry
from inspector.analysis.text.feed import say
from inspector.models import Host


class Line(msgspec.Struct, frozen=True):
    """An entry in a message; ``at`` is ISO 8601, ``ended`` says that it ends what an earlier message told."""

    host: str  # machine id
    hostname: str
    seq: int
    at: str
    kind: str
    key: str
    ended: bool
    sentence: str
    container: str | None
    where: str
    url: str
    picture: str


def line_of(host: Host, entry: Entry, key: str, ended: bool, sentence: str = "") -> Line:
    """What is told of an entry. The links need a sign-in."""
    base, at = last_url().rstrip("/"), {"at": entry.seq}
    picture = f"{base}/api/v1/hosts/{host.machine_id}/picture.svg?{urlencode(at)}"
    url = f"{base}/?{urlencode({'host': host.machine_id} | at)}"
    told = (sentence or say(entry), entry.container, entry.where, url, picture)
    return Line(host.machine_id, str(host), entry.seq, entry.at, entry.kind, key, ended, *told)
