"""Pictures over HTTP: the same ones that ``manage.py draw`` makes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from dashboard.api.byte_cache import Recent
from dashboard.api.common import Problem, file_stem, is_current, parse_asked, tag_of, tagged
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.shares import PICTURES
from dashboard.api.state_cache import encoded_state
from dashboard.pictures import draw
from inspector.history.snapshots import holding, seq_at
from inspector.models import Host

router = Router()

MOMENTS = ("at", "from", "to")
BUSY = 503
Text = Annotated[str, Field(max_length=200)]
Names = Annotated[str, Field(max_length=8000)]  # with commas between them


class PictureOptions(Schema):
    """Query parameters: those of the page's own address (moments and view), and the appearance of the picture."""

    at: Text | None = None  # the number of a snapshot, or a moment as people write it; default: now
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
    arrangement: Text = ""
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


CONTENT_TYPES: Final[dict[draw.Form, str]] = {
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "mmd": "text/vnd.mermaid; charset=utf-8",
    "dot": "text/vnd.graphviz; charset=utf-8",
    "drawio": "application/vnd.jgraph.mxfile; charset=utf-8",
}


def media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0]


KNOWN = {field.alias or name for name, field in PictureOptions.model_fields.items()}


@router.get(
    "/hosts/{machine_id}/picture.{form}",
    response={404: Problem},
    openapi_extra=answers(None, *map(media_type, CONTENT_TYPES.values())),
)
def picture(
    request: HttpRequest, machine_id: str, form: draw.Form, options: Annotated[PictureOptions, Query()]
) -> HttpResponse:
    """A picture of one moment, or of two compared. The same state and options give the same bytes."""
    host = host_for(request, machine_id)
    if strange := sorted(set(request.GET) - KNOWN):
        raise HttpError(422, f"{strange[0][:60]!r} is no option of a picture; options are {', '.join(sorted(KNOWN))}")
    seqs = find_seqs(host, options)
    query = draw.make_query(options.dict(by_alias=True, exclude={"at", "from_", "to"}))
    for seq in seqs:
        holding(host, seq)
    tag = tag_of("picture", host.pk, host.hostname, *seqs, query, form, draw.version())
    if is_current(request, tag):
        return tagged(HttpResponse(status=304), tag)
    made = drawn.get(tag, lambda: draw_picture(request, host, seqs, query, form))
    response = HttpResponse(made, content_type=CONTENT_TYPES[form])
    name = "-".join([file_stem(host.hostname), *map(str, seqs)])
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    return tagged(response, tag)


def find_seqs(host: Host, options: PictureOptions) -> list[int]:
    """The numbers of the snapshots to draw: one, or two to compare.

    :raises HttpError: 422, a moment is malformed, or the parameters contradict each other.
    :raises NoSuchSnapshot: history does not hold one.
    """
    if (options.from_ is None) != (options.to is None):
        raise HttpError(422, "a comparison takes both from and to")
    if options.from_ is not None and options.at is not None:
        raise HttpError(422, "at names one moment; from and to name two")
    asked = [options.at] if options.from_ is None else [options.from_, options.to]
    return [host.last_seq if text in (None, "now") else find_seq(host, text or "") for text in asked]


def find_seq(host: Host, text: str) -> int:
    """:raises HttpError: 422. :raises NoSuchSnapshot: as :func:`find_seqs`."""
    found = parse_asked(host, text, "UTC")
    return seq_at(host, found) if isinstance(found, datetime) else found


drawn = Recent(most_bytes=32 * 2**20)


def draw_picture(request: HttpRequest, host: Host, seqs: list[int], query: str, form: draw.Form) -> bytes:
    """Draw the picture.

    :raises HttpError: 422, bad options; 429, too many at once; 503, it cannot be drawn here or now.
    :raises NoSuchSnapshot: history does not hold a state.
    """
    try:
        with PICTURES.turn(request):  # before the states are read, so that waiting requests hold none
            return draw.draw([draw.Subject(seq, encoded_state(host, seq)) for seq in seqs], query, form)
    except draw.BadOptions as error:
        raise HttpError(422, str(error)) from error
    except (draw.CannotDraw, draw.TooBusy) as error:
        raise HttpError(BUSY, str(error)) from error
