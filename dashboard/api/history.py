"""History over HTTP: the timeline, moments, the life of one thing, and bookmarks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from dashboard.accounts.access import may_pin
from dashboard.api.common import Problem, Words, answer, parse, parse_asked
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from inspector.errors import MalformedMoment
from inspector.facts.moments import format_instant
from inspector.history import bookmarks, snapshots
from inspector.history.queries import left, life, timeline, vitals
from inspector.models import Mark

router = Router()

LISTED = 200
"""Bookmarks in one response."""

Name = Annotated[str, Field(max_length=bookmarks.LONGEST_NAME, pattern=r"^[^\x00]*$")]
Note = Annotated[str, Field(max_length=bookmarks.LONGEST_NOTE, pattern=r"^[^\x00]*$")]


class SnapshotSummary(Schema):
    """A bookmark; ``seq`` is null until the next scan of the host fulfils the request."""

    id: int
    seq: int | None
    taken_at: str | None
    name: str
    note: str
    pinned: bool
    requested_by: str
    requested_at: datetime
    may_change: bool  # this user may change and delete it


class NewSnapshot(Schema):
    """A snapshot to take (no ``seq``), or a snapshot to bookmark."""

    name: Name = ""
    note: Note = ""
    pinned: bool = False
    seq: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class SnapshotEdit(Schema):
    """Changes to a bookmark."""

    name: Name | None = None
    note: Note | None = None
    pinned: bool | None = None


@router.get("/hosts/{machine_id}/timeline", response={404: Problem}, openapi_extra=answers(timeline.Timeline))
def read_timeline(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[Words | None, Query(alias="from")] = None,
    to: Words | None = None,
    buckets: Annotated[int, Query(ge=1, le=timeline.MOST_BUCKETS)] = 200,
) -> HttpResponse:
    """Number of changes over time, events of containers, and absences of the agent; all of history by default."""
    host = host_for(request, machine_id)
    since, until = (None if text is None else parse_moment(text) for text in (from_, to))
    try:
        if since is not None:
            snapshots.refuse_to_come(host, since, timezone.now())
        return answer(timeline.read(host, since, until, buckets))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


@router.get("/hosts/{machine_id}/vitals", response={404: Problem}, openapi_extra=answers(vitals.Series))
def read_vitals(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[Words | None, Query(alias="from")] = None,
    to: Words | None = None,
    container: Annotated[str | None, Field(max_length=128)] = None,
    points: Annotated[int, Query(ge=1, le=vitals.MOST_POINTS)] = 300,
) -> HttpResponse:
    """What the host or a container used over a stretch, as means; by default of the last day."""
    host = host_for(request, machine_id)
    since, until = (None if text is None else parse_moment(text) for text in (from_, to))
    try:
        return answer(vitals.read(host, since, until or timezone.now(), points, container))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


@router.get("/hosts/{machine_id}/moment", response={404: Problem}, openapi_extra=answers(snapshots.Place))
def find_moment(request: HttpRequest, machine_id: str, at: Words, zone: Words = "UTC") -> HttpResponse:
    """The snapshot at a moment (``-2h``, ``yesterday 9:00``, a date or a number), and its neighbours."""
    host = host_for(request, machine_id)
    return answer(snapshots.place(host, parse_asked(host, at, zone), timezone.now()))


@router.get("/hosts/{machine_id}/left", response={404: Problem}, openapi_extra=answers(left.LeftAt))
def read_left(request: HttpRequest, machine_id: str, at: Words = "now", zone: Words = "UTC") -> HttpResponse:
    """The containers in a namespace that another one has left, each since when and how to mend it."""
    host = host_for(request, machine_id)
    seq = host.last_seq if at == "now" else snapshots.place(host, parse_asked(host, at, zone), timezone.now()).seq
    return answer(left.LeftAt(seq, left.read(host, seq)))


@router.get("/hosts/{machine_id}/life/{kind}", response={404: Problem}, openapi_extra=answers(life.Life))
def read_life(
    request: HttpRequest,
    machine_id: str,
    kind: life.Kind,
    key: Annotated[str, Field(max_length=128)],
    at: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> HttpResponse:
    """The life of one process, namespace or container: its beginning, changes, members and end.

    ``left`` says where a container was left behind at the snapshot ``at``, by default the newest.
    """
    return answer(life.read(host_for(request, machine_id), kind, key, at))


@router.get("/hosts/{machine_id}/snapshots", response={200: list[SnapshotSummary], 404: Problem})
def list_snapshots(request: HttpRequest, machine_id: str, before: int | None = None) -> list[dict[str, Any]]:
    """Bookmarks, newest first, 200 at a time. For older ones pass the last id listed as ``before``."""
    found = host_for(request, machine_id).marks.order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [summarise_bookmark(request, marked) for marked in found[:LISTED]]


@router.post(
    "/hosts/{machine_id}/snapshots",
    response={201: SnapshotSummary, 202: SnapshotSummary, 403: Problem, 404: Problem, 409: Problem},
)
def add_snapshot(
    request: HttpRequest, machine_id: str, snapshot: NewSnapshot | None = None
) -> Status[dict[str, Any]]:
    """Bookmark a snapshot of history (201), or request a new snapshot (202).

    The next scan of the host fulfils the request: the server cannot command an agent.
    """
    host = host_for(request, machine_id)
    told = NewSnapshot() if snapshot is None else snapshot
    if told.pinned:
        refuse_pinning(request)
    facts: dict[str, Any] = {"name": told.name, "note": told.note, "pinned": told.pinned}
    facts["by"] = request.user.get_username()
    if told.seq is None:
        return Status(202, summarise_bookmark(request, bookmarks.request_snapshot(host, **facts)))
    return Status(201, summarise_bookmark(request, bookmarks.add(host, told.seq, **facts)))


@router.patch("/hosts/{machine_id}/snapshots/{number}", response={200: SnapshotSummary, 403: Problem, 404: Problem})
def edit_snapshot(
    request: HttpRequest, machine_id: str, number: int, snapshot: SnapshotEdit | None = None
) -> dict[str, Any]:
    """Change the name, note or protection of a bookmark. Only its author and administrators may.

    Pinning and unpinning takes the permission to pin, too.
    """
    marked = bookmark_for(request, machine_id, number)
    told = SnapshotEdit() if snapshot is None else snapshot
    if told.pinned not in (None, marked.pinned):
        refuse_pinning(request)
    bookmarks.edit(marked, told.name, told.note, told.pinned)
    return summarise_bookmark(request, marked)


@router.delete("/hosts/{machine_id}/snapshots/{number}", response={204: None, 403: Problem, 404: Problem})
def remove_snapshot(request: HttpRequest, machine_id: str, number: int) -> Status[None]:
    """Remove a bookmark. Its snapshot stays until retention removes it. A pinned one takes the permission to pin."""
    marked = bookmark_for(request, machine_id, number)
    if marked.pinned:
        refuse_pinning(request)
    marked.delete()
    return Status(204, None)


def bookmark_for(request: HttpRequest, machine_id: str, number: int) -> Mark:
    """The bookmark, if this user may see its host and change it.

    :raises Http404: there is no such host or bookmark, or this user may not see the host.
    :raises HttpError: 403, it is somebody else's.
    """
    found = host_for(request, machine_id).marks.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise Http404("there is no such host or snapshot, or you may not see it")
    if not may_change(request, found):
        raise HttpError(403, "only the person who bookmarked this snapshot, or an administrator, may change it")
    return found


def may_change(request: HttpRequest, marked: Mark) -> bool:
    """Whether the bookmark is this user's, or the user is an administrator."""
    return getattr(request.user, "is_staff", False) or request.user.get_username() == marked.requested_by


def refuse_pinning(request: HttpRequest) -> None:
    """:raises HttpError: 403, this user may not pin bookmarks, nor undo that."""
    if not may_pin(request.user):
        raise HttpError(
            403, "pinning keeps a snapshot for good: it is for administrators, and for whom they allow it"
        )


def parse_moment(text: str) -> datetime:
    """Parse a point in time.

    :raises HttpError: 422, the text is no moment, or the number of a snapshot.
    """
    found = parse(text, "UTC")
    if isinstance(found, int):
        raise HttpError(422, f"{text!r} is the number of a snapshot; a timeline goes from one moment to another")
    return found


def summarise_bookmark(request: HttpRequest, marked: Mark) -> dict[str, Any]:
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
        "may_change": may_change(request, marked),
    }
