"""Export and import of history as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile

from dashboard.api.common import Problem, file_stem
from dashboard.api.loading import host_for
from inspector.history.snapshots import first_kept
from inspector.history.transfer import exporting, importing
from inspector.models import Host
from inspector.protocol.export_file import SUFFIX, MalformedFile

router = Router()

MOST_INFLATION = 100  # an uploaded file may decompress to at most this many times the size limit


class ImportedHost(Schema):
    """The host that was created from the file."""

    id: str


@router.get("/hosts/{machine_id}/export", response={404: Problem})
def export(
    request: HttpRequest,
    machine_id: str,
    from_: Annotated[int | None, Query(alias="from")] = None,
    to: int | None = None,
) -> StreamingHttpResponse:
    """The snapshots ``from`` … ``to`` as one compressed file; all of history by default."""
    host = host_for(request, machine_id)
    first = first_kept(host) if from_ is None else from_
    last = host.last_seq if to is None else to
    pieces = exporting.export(host, first, last)
    response = StreamingHttpResponse(stream(pieces), content_type="application/gzip")
    response["Content-Disposition"] = f'attachment; filename="{file_name(host, first, last)}"'
    response["Cache-Control"] = "private, no-store"
    return response


@router.post("/import", response={201: ImportedHost, 403: Problem, 413: Problem, 422: Problem})
def bring_in(request: HttpRequest, file: Annotated[UploadedFile | None, File()] = None) -> Any:
    """Import an exported file as a new host. For administrators only."""
    if not request.user.has_perm("inspector.add_host"):
        raise HttpError(403, "only an administrator may bring history in")
    if file is None:
        raise HttpError(422, "there is no file in the request")
    if (file.size or 0) > settings.IMPORT_BYTES:
        raise HttpError(413, f"the file has more than {settings.IMPORT_BYTES:,} bytes; manage.py import takes any")
    try:
        host = importing.bring_in(file, MOST_INFLATION * settings.IMPORT_BYTES)
    except MalformedFile as error:
        raise HttpError(422, str(error)) from error
    return Status(201, {"id": host.machine_id})


def file_name(host: Host, first: int, last: int) -> str:
    """The file's name: host, first and last snapshot."""
    return f"{file_stem(host.hostname)}-{first}-{last}{SUFFIX}"


async def stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield each piece as soon as it is made, in the request's thread beside the event loop."""
    following = database_sync_to_async(next)
    while piece := await following(pieces, b""):
        yield piece
