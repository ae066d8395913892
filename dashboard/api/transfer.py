"""A stretch of history as a file: downloaded from one Isoscope, brought into another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from ninja import File, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile

from dashboard.api.loading import host_for
from inspector.history.snapshots import first_kept
from inspector.history.transfer import exporting as carry_out
from inspector.history.transfer import importing as carry_in
from inspector.models import Host
from inspector.protocol.export_file import SUFFIX, MalformedFile

router = Router()

INFLATES = 100  # times: what an uploaded file may hold more than it is large


class Problem(Schema):
    """Every answer that is not what was asked for."""

    detail: str


class Arrived(Schema):
    """The host that a file became."""

    id: str


@router.get("/hosts/{machine_id}/export", response={404: Problem})
def export(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[int | None, Query(alias="from")] = None,
    to: int | None = None,
) -> StreamingHttpResponse:
    """The snapshots ``from`` … ``to`` as one compressed file; all of history where they are left out."""
    host = host_for(request, machine_id)
    first = first_kept(host) if from_ is None else from_
    last = host.last_seq if to is None else to
    pieces = carry_out.export(host, first, last)
    response = StreamingHttpResponse(stream(pieces), content_type="application/gzip")
    response["Content-Disposition"] = f'attachment; filename="{file_name(host, first, last)}"'
    response["Cache-Control"] = "private, no-store"
    return response


@router.post("/import", response={201: Arrived, 403: Problem, 413: Problem, 422: Problem})
def bring_in(request: HttpRequest, file: Annotated[UploadedFile | None, File()] = None) -> Any:
    """Bring an exported file in, as a host marked as imported. For administrators."""
    if not request.user.has_perm("inspector.add_host"):
        raise HttpError(403, "only an administrator may bring history in")
    if file is None:
        raise HttpError(422, "there is no file in the request")
    if (file.size or 0) > settings.IMPORT_BYTES:
        raise HttpError(413, f"the file has more than {settings.IMPORT_BYTES:,} bytes; manage.py import takes any")
    try:
        host = carry_in.bring_in(file, INFLATES * settings.IMPORT_BYTES)
    except MalformedFile as error:
        raise HttpError(422, str(error)) from error
    return Status(201, {"id": host.machine_id})


def file_name(host: Host, first: int, last: int) -> str:
    """A name that says what is in the file, of plain characters only."""
    return f"{slugify(host.hostname)[:60] or 'host'}-{first}-{last}{SUFFIX}"


async def stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces as they are made, each in the request's thread beside the event loop; none waits in memory."""
    following = database_sync_to_async(next)
    while piece := await following(pieces, b""):
        yield piece
