"""Comparison of two moments of a host: JSON for the page, CSV and Markdown as files."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from dashboard.api.common import Problem, file_stem, private
from dashboard.api.loading import host_for
from inspector.analysis.compare.comparison import Comparison
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.noise import SHORT_S, Folding
from inspector.analysis.text import report
from inspector.facts.moments import parse_instant

router = Router()


class ReportOptions(Schema):
    """Query parameters: the form of the report, and what is folded."""

    format: Literal["json", "csv", "markdown"] = "json"
    fold: list[str] = []
    short: float = SHORT_S  # seconds
    all: bool = False  # fold nothing
    zone: str = "UTC"  # an IANA name; times in the Markdown are also given in it


@router.get("/hosts/{machine_id}/compare/report", response={404: Problem, 422: Problem})
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
    comparison = compare_between(host, from_, to, folding)
    return render(comparison, options.format, zone)


def render(comparison: Comparison, form: str, zone: tzinfo) -> HttpResponse:
    """The comparison as CSV, Markdown or JSON."""
    match form:
        case "csv":
            response = HttpResponse(report.to_csv(comparison), content_type="text/csv; charset=utf-8")
            return as_file(response, comparison, "csv")
        case "markdown":
            text = report.to_markdown(comparison, zone)
            return as_file(HttpResponse(text, content_type="text/markdown; charset=utf-8"), comparison, "md")
    return private(HttpResponse(report.to_json(comparison), content_type="application/json"))


def as_file(response: HttpResponse, comparison: Comparison, suffix: str) -> HttpResponse:
    """A response that the browser saves as a file, named after the host and the two moments."""
    name = file_stem(comparison.host.hostname)
    moments = (parse_instant(side.taken_at) for side in (comparison.before, comparison.after))
    times = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in moments)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{"-".join(times)}.{suffix}"'
    return private(response)
