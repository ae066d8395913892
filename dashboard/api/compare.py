"""Comparison of two moments of a host: JSON for the page, CSV and Markdown as files."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from dashboard.api.common import Problem, file_stem, private
from dashboard.api.large import make
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.shares import COMPARISONS
from inspector.analysis.compare.comparison import Comparison, shorten
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.noise import MOST_PATTERNS, SHORT_S, Folding
from inspector.analysis.compare.search import Search
from inspector.analysis.text import report
from inspector.facts.moments import parse_instant
from inspector.models import Host

router = Router()


class ReportOptions(Schema):
    """Query parameters: the form of the report, and what is folded."""

    format: Literal["json", "csv", "markdown"] = "json"
    fold: Annotated[list[str], Field(max_length=MOST_PATTERNS)] = []
    short: float = SHORT_S  # seconds
    all: bool = False  # fold nothing
    brief: bool = False  # headlines and counts only
    search: str = ""  # words that findings must hold
    zone: str = "UTC"  # an IANA name; times in the Markdown are also given in it


@router.get(
    "/hosts/{machine_id}/compare/report",
    response={404: Problem},
    openapi_extra=answers(Comparison, "text/csv", "text/markdown"),
)
def compare_report(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[int, Query(alias="from")],
    to: int,
    options: Annotated[ReportOptions, Query()],
) -> HttpResponse:
    """How the states at ``from`` and ``to`` differ, grouped; either order is allowed. CSV and Markdown are files."""
    host = host_for(request, machine_id)
    try:
        zone, folding = ZoneInfo(options.zone), Folding.make(options.fold, options.short, options.all)
        search = Search.read(options.search)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise HttpError(422, str(error)) from error
    if options.brief and options.format == "csv":
        raise HttpError(422, "CSV has one row per finding and no brief form")
    asked = Asked(folding, search, options.format, options.brief, zone, everything_url(request))
    with COMPARISONS.turn(request):
        rendered = make(host, max(from_, to), render, host, (from_, to), asked)
    response = HttpResponse(rendered.body, content_type=rendered.content_type)
    if rendered.name:
        response.headers["Content-Disposition"] = f'attachment; filename="{rendered.name}"'
    return private(response)


class Report(NamedTuple):
    """A report as it is sent; ``name`` is set if the browser saves it as a file."""

    body: bytes
    content_type: str
    name: str = ""


class Asked(NamedTuple):
    """What a request asks for."""

    folding: Folding
    search: Search
    form: str
    brief: bool
    zone: tzinfo
    everything: str  # the address of the whole report


def everything_url(request: HttpRequest) -> str:
    """The address of the same report that lists everything."""
    query = request.GET.copy()
    query.pop("brief", None)
    query["all"] = "true"
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def render(host: Host, seqs: tuple[int, int], asked: Asked) -> Report:
    """The comparison as CSV, Markdown or JSON."""
    comparison = compare_between(host, *seqs, asked.folding, asked.search)
    match asked.form:
        case "csv":
            return Report(report.to_csv(comparison).encode(), "text/csv; charset=utf-8", name_of(comparison, "csv"))
        case "markdown":
            link = f"[Every difference](<{asked.everything}>)"
            text = report.to_markdown(comparison, asked.zone, link, asked.brief).encode()
            return Report(text, "text/markdown; charset=utf-8", name_of(comparison, "md"))
    whole = shorten(comparison) if asked.brief else comparison
    return Report(report.to_json(whole), "application/json")


def name_of(comparison: Comparison, suffix: str) -> str:
    """The name of a file: the host and the two moments."""
    moments = (parse_instant(side.taken_at) for side in (comparison.before, comparison.after))
    times = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in moments)
    return f"{file_stem(comparison.host.hostname)}-{'-'.join(times)}.{suffix}"
