"""Pictures over HTTP: what ``manage.py draw`` makes, for whoever may see the host."""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from dashboard.api.byte_cache import Recent
from dashboard.api.history import parse
from dashboard.api.loading import host_for
from dashboard.api.state_cache import packed_state
from dashboard.pictures import draw as pictures
from inspector.history.snapshots import seq_at
from inspector.models import Host

router = Router()

MOMENTS = ("at", "from", "to")
BUSY = 503
Text = Annotated[str, Field(max_length=200)]
Names = Annotated[str, Field(max_length=8000)]  # with commas between them


class Problem(Schema):
    """Every answer that is not what was asked for."""

    detail: str


class Wanted(Schema):
    """The query: the page's own address (``at`` or ``from`` and ``to``, and the view), and how the picture looks."""

    at: Text | None = None  # the number of a snapshot, or a moment as people write it; now, unless told otherwise
    from_: Text | None = Field(None, alias="from")
    to: Text | None = None
    side: Text = ""
    view: Text = ""
    select: Text = ""
    q: Text = ""
    off: Text = ""
    show: Text = ""
    open: Names = ""
    shut: Names = ""
    all: Text = ""
    pin: Names = ""
    turn: Names = ""
    order: Text = ""
    columns: Text = ""
    sort: Text = ""
    theme: Text = ""
    size: Text = ""
    scale: Text = ""
    mask: Text = ""
    title: Text = ""
    lang: Text = ""
    zone: Text = ""


KNOWN = {field.alias or name for name, field in Wanted.model_fields.items()}


@router.get("/hosts/{machine_id}/picture.{form}", response={404: Problem, 422: Problem, 503: Problem})
def picture(
    request: HttpRequest, machine_id: str, form: Literal["svg", "png"], wanted: Annotated[Wanted, Query()]
) -> HttpResponse:
    """A picture of the host at a moment, or of two compared. The same state and options give the same bytes."""
    host = host_for(request, machine_id)
    if strange := sorted(set(request.GET) - KNOWN):
        raise HttpError(422, f"{strange[0][:60]!r} is no option of a picture; there are {', '.join(sorted(KNOWN))}")
    seqs = find_seqs(host, wanted)
    query = pictures.make_query(wanted.dict(by_alias=True, exclude={"at", "from_", "to"}))
    tag = pictures.tag_of((host.pk, host.hostname, *seqs), query, form)
    if request.headers.get("If-None-Match") == f'"{tag}"':
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(drawn.get(tag, lambda: draw(host, seqs, query, form)), content_type=KINDS[form])
        response.headers["Content-Disposition"] = f'inline; filename="{name_of(host, seqs)}.{form}"'
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    return response


KINDS = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}


def find_seqs(host: Host, wanted: Wanted) -> list[int]:
    """The snapshots that the query names: one, or two to compare.

    :raises HttpError: 422, a moment is none, or they contradict each other.
    :raises NoSuchSnapshot: history does not hold one.
    """
    if (wanted.from_ is None) != (wanted.to is None):
        raise HttpError(422, "a comparison takes both from and to")
    if wanted.from_ is not None and wanted.at is not None:
        raise HttpError(422, "at names one moment; from and to name two")
    asked = [wanted.at] if wanted.from_ is None else [wanted.from_, wanted.to]
    return [host.last_seq if text in (None, "now") else find_seq(host, text or "") for text in asked]


def find_seq(host: Host, text: str) -> int:
    """:raises HttpError: 422. :raises NoSuchSnapshot: as :func:`find_seqs`."""
    found = parse(text, "UTC")
    return seq_at(host, found) if isinstance(found, datetime) else found


def name_of(host: Host, seqs: list[int]) -> str:
    """What the file is called."""
    return f"{slugify(host.hostname)[:60] or 'host'}-{'-'.join(map(str, seqs))}"


drawn = Recent(most_bytes=32 * 2**20)


def draw(host: Host, seqs: list[int], query: str, form: pictures.Form) -> bytes:
    """The picture, drawn.

    :raises HttpError: 422, bad options; 503, it cannot be drawn here or now.
    :raises NoSuchSnapshot: history does not hold a state.
    """
    subjects = [pictures.Subject(seq, gzip.decompress(packed_state(host, seq))) for seq in seqs]
    try:
        return pictures.draw(subjects, query, form)
    except pictures.BadOptions as error:
        raise HttpError(422, str(error)) from error
    except (pictures.CannotDraw, pictures.TooBusy) as error:
        raise HttpError(BUSY, str(error)) from error
