"""What history is asked over HTTP: the timeline, a moment, one thing's life, and the snapshots that people marked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from dashboard.api.loading import host_for
from inspector.analysis.text import zones
from inspector.errors import MalformedMoment
from inspector.facts import moments
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact
from inspector.history import bookmarks as marks
from inspector.history import snapshots as instants
from inspector.history.queries import life, timeline
from inspector.models import Mark

router = Router()

LISTED = 200
"""So many marked snapshots are listed at once."""

Name = Annotated[str, Field(max_length=marks.LONGEST_NAME, pattern=r"^[^\x00]*$")]
Note = Annotated[str, Field(max_length=marks.LONGEST_NOTE, pattern=r"^[^\x00]*$")]
Words = Annotated[str, Field(max_length=64)]  # a moment, or a zone, as a person writes it


class Problem(Schema):
    """Every answer that is not what was asked for."""

    detail: str


class SnapshotSummary(Schema):
    """A marked snapshot; ``seq`` is null until the next look at the host fulfils the request."""

    id: int
    seq: int | None
    taken_at: str | None
    name: str
    note: str
    pinned: bool
    requested_by: str
    requested_at: datetime


class NewSnapshot(Schema):
    """A snapshot to take (no ``seq``), or a moment of history to mark."""

    name: Name = ""
    note: Note = ""
    pinned: bool = False
    seq: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class SnapshotEdit(Schema):
    """What to change of a marked snapshot."""

    name: Name | None = None
    note: Note | None = None
    pinned: bool | None = None


@router.get("/hosts/{machine_id}/timeline", response={404: Problem, 422: Problem})
def read_timeline(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[Words | None, Query(alias="from")] = None,
    to: Words | None = None,
    buckets: Annotated[int, Query(ge=1, le=timeline.MOST_BUCKETS)] = 200,
) -> HttpResponse:
    """How much changed when, what happened to the containers, and when nobody looked; all of history by default."""
    host = host_for(request, machine_id)
    since, until = (None if text is None else parse_moment(text) for text in (from_, to))
    try:
        return answer(timeline.read(host, since, until, buckets))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


@router.get("/hosts/{machine_id}/moment", response={404: Problem, 422: Problem})
def find_moment(request: HttpRequest, machine_id: str, at: Words, zone: Words = "UTC") -> HttpResponse:
    """The snapshot that a person means by ``-2h``, ``yesterday 9:00``, a date or a number, and its neighbours."""
    host = host_for(request, machine_id)
    return answer(instants.place(host, parse(at, zone), timezone.now()))


@router.get("/hosts/{machine_id}/life/{kind}", response={404: Problem})
def read_life(
    request: HttpRequest, machine_id: str, kind: life.Kind, key: Annotated[str, Field(max_length=128)]
) -> HttpResponse:
    """When one process, namespace or container appeared and went, every change between, and who was in it when."""
    return answer(life.read(host_for(request, machine_id), kind, key))


@router.get("/hosts/{machine_id}/snapshots", response={200: list[SnapshotSummary], 404: Problem})
def list_snapshots(request: HttpRequest, machine_id: str, before: int | None = None) -> list[dict[str, Any]]:
    """The snapshots people marked, newest first, 200 at a time; older ones by ``before``, the last id listed."""
    found = host_for(request, machine_id).marks.order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [summarise_mark(marked) for marked in found[:LISTED]]


@router.post(
    "/hosts/{machine_id}/snapshots",
    response={201: SnapshotSummary, 202: SnapshotSummary, 404: Problem, 409: Problem},
)
def add_snapshot(
    request: HttpRequest, machine_id: str, snapshot: NewSnapshot | None = None
) -> Status[dict[str, Any]]:
    """Mark a moment of history at once (201), or ask for a snapshot (202).

    The next look at the host fulfils what was asked for: an agent takes no orders.
    """
    host = host_for(request, machine_id)
    told = NewSnapshot() if snapshot is None else snapshot
    facts: dict[str, Any] = {"name": told.name, "note": told.note, "pinned": told.pinned}
    facts["by"] = request.user.get_username()
    if told.seq is None:
        return Status(202, summarise_mark(marks.request_snapshot(host, **facts)))
    return Status(201, summarise_mark(marks.mark(host, told.seq, **facts)))


@router.patch("/hosts/{machine_id}/snapshots/{number}", response={200: SnapshotSummary, 403: Problem, 404: Problem})
def edit_snapshot(
    request: HttpRequest, machine_id: str, number: int, snapshot: SnapshotEdit | None = None
) -> dict[str, Any]:
    """Name, annotate or pin a snapshot: who marked it may, and administrators."""
    marked = mark_for(request, machine_id, number)
    told = SnapshotEdit() if snapshot is None else snapshot
    marks.edit(marked, told.name, told.note, told.pinned)
    return summarise_mark(marked)


@router.delete("/hosts/{machine_id}/snapshots/{number}", response={204: None, 403: Problem, 404: Problem})
def remove_snapshot(request: HttpRequest, machine_id: str, number: int) -> Status[None]:
    """Take the mark away; what history holds of that moment stays until it is old enough to go."""
    mark_for(request, machine_id, number).delete()
    return Status(204, None)


def mark_for(request: HttpRequest, machine_id: str, number: int) -> Mark:
    """The mark, where this user may see its host and may change it.

    :raises Http404: no such host or mark, or a host this user may not see.
    :raises HttpError: 403, somebody else marked it.
    """
    found = host_for(request, machine_id).marks.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise Http404("there is no such host or snapshot, or you may not see it")
    user = request.user
    if not (getattr(user, "is_staff", False) or user.get_username() == found.requested_by):
        raise HttpError(403, "only who marked this snapshot, or an administrator, may change it")
    return found


def parse(text: str, zone: str) -> int | datetime:
    """What a person means by the text.

    :raises HttpError: 422, no moment, or no time zone.
    """
    try:
        return moments.parse(text, timezone.now(), zones.named_zone(zone))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


def parse_moment(text: str) -> datetime:
    """A moment, and not the number of a snapshot.

    :raises HttpError: 422.
    """
    found = parse(text, "UTC")
    if isinstance(found, int):
        raise HttpError(422, f"{text!r} is the number of a snapshot; a timeline goes from one moment to another")
    return found


def answer(fact: Fact) -> HttpResponse:
    """The fact as JSON, for this person only."""
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
    return HttpResponse(msgspec.json.encode(fact), content_type="application/json", headers=headers)


def summarise_mark(marked: Mark) -> dict[str, Any]:
    taken_at = marked.taken_at and format_instant(marked.taken_at)
    return {
        "id": marked.pk,
        "seq": marked.seq,
        "taken_at": taken_at,
        "name": marked.name,
        "note": marked.note,
        "pinned": marked.pinned,
        "requested_by": marked.requested_by,
        "requested_at": marked.requested_at,
    }
