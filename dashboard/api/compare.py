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
from dashboard.api.shares import COMPARISONS
from inspector.analysis.compare.comparison import Comparison
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.noise import MOST_PATTERNS, SHORT_S, Folding
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
    zone: str = "UTC"  # an IANA name; times in the Markdown are also given in it


@router.get("/hosts/{machine_id}/compare/report", response={404: Problem, 422: Problem, 429: Problem, 503: Problem})
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
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise HttpError(422, str(error)) from error
    with COMPARISONS.turn(request):
        rendered = make(host, max(from_, to), render, host, (from_, to), folding, options.format, zone)
    response = HttpResponse(rendered.body, content_type=rendered.content_type)
    if rendered.name:
        response.headers["Content-Disposition"] = f'attachment; filename="{rendered.name}"'
    return private(response)


class Report(NamedTuple):
    """A report as it is sent; ``name`` is set if the browser saves it as a file."""

    body: bytes
    content_type: str
    name: str = ""


def render(host: Host, seqs: tuple[int, int], folding: Folding, form: str, zone: tzinfo) -> Report:
    """The comparison as CSV, Markdown or JSON."""
    comparison = compare_between(host, *seqs, folding)
    match form:
        case "csv":
            return Report(report.to_csv(comparison).encode(), "text/csv; charset=utf-8", name_of(comparison, "csv"))
        case "markdown":
            text = report.to_markdown(comparison, zone).encode()
            return Report(text, "text/markdown; charset=utf-8", name_of(comparison, "md"))
    return Report(report.to_json(comparison), "application/json")


def name_of(comparison: Comparison, suffix: str) -> str:
    """The name of a file: the host and the two moments."""
    moments = (parse_instant(side.taken_at) for side in (comparison.before, comparison.after))
    times = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in moments)
    return f"{file_stem(comparison.host.hostname)}-{'-'.join(times)}.{suffix}"
