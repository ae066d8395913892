"""The feed of a host over HTTP: entries newest first, filtered, one page at a time."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from dashboard.api.common import Problem, Words, answer, parse_asked
from dashboard.api.large import make
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.shares import EVENTS
from inspector.analysis.feed import from_history
from inspector.analysis.feed.entries import Kind
from inspector.analysis.feed.from_history import Wanted
from inspector.facts.namespaces import NamespaceType

router = Router()

LONGEST_TEXT = 200


class FeedFilter(Schema):
    """Query parameters: a range of time, and which entries of it."""

    from_: Words | None = Field(None, alias="from")
    to: Words | None = None
    kind: list[Kind] = []
    container: Annotated[str | None, Field(max_length=4096)] = None  # a full id, or the name
    type: NamespaceType | None = None
    q: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    fold: bool = True
    before: Annotated[int | None, Field(ge=0, lt=2**63)] = None
    limit: Annotated[int, Field(ge=1, le=from_history.MOST)] = 100


@router.get("/hosts/{machine_id}/events", response={404: Problem}, openapi_extra=answers(from_history.FeedPage))
def read_events(request: HttpRequest, machine_id: str, asked: Annotated[FeedFilter, Query()]) -> HttpResponse:
    """Entries of the feed, newest first. Pass ``earlier`` from the response as ``before`` to get the next page."""
    host = host_for(request, machine_id)
    since, until = (None if text is None else parse_asked(host, text, "UTC") for text in (asked.from_, asked.to))
    wanted = Wanted(
        since=since,
        until=until,
        before=asked.before,
        kinds=frozenset(asked.kind),
        container=asked.container,
        type=asked.type,
        text=asked.q,
        fold=asked.fold,
        limit=asked.limit,
    )
    with EVENTS.turn(request):
        return answer(make(host, host.last_seq, from_history.read, host, wanted, timezone.now()))
