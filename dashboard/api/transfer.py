"""Export and import of history as a file."""

from __future__ import annotations

import weakref
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile

from dashboard.accounts import audit
from dashboard.accounts.access import may_import
from dashboard.api import export_pieces, import_steps
from dashboard.api.common import Problem, file_stem
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.shares import EXPORTS, person_of
from dashboard.api.still_allowed import RightLost, is_still_allowed
from dashboard.models import AuditEvent
from dashboard.workers.worker import WorkerDied
from inspector.history.snapshots import first_kept
from inspector.history.transfer import importing
from inspector.models import Host
from inspector.protocol.export_file import SUFFIX, MalformedFile

router = Router()

LARGE = 2**20  # bytes of a decompressed file from which on a worker reads it
MOST_INFLATION = 100  # an uploaded file may decompress to at most this many times the size limit


class ImportedHost(Schema):
    """The host that was created from the file."""

    id: str


@router.get("/hosts/{machine_id}/export", response={404: Problem}, openapi_extra=answers(None, "application/gzip"))
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
    pieces = export_pieces.export(host, first, last)
    audit.note(request, AuditEvent.What.EXPORT, machine_id, f"snapshots {first} to {last}")
    give_back = EXPORTS.take(person_of(request))
    response = InTurn(stream(request, pieces, give_back), content_type="application/gzip")
    response.give_back = weakref.finalize(response, give_back)
    response["Content-Disposition"] = f'attachment; filename="{file_name(host, first, last)}"'
    response["Cache-Control"] = "private, no-store"
    return response


@router.post("/import", response={201: ImportedHost, 413: Problem})
def bring_in(request: HttpRequest, file: Annotated[UploadedFile | None, File()] = None) -> Any:
    """Import an exported file as a new host. For administrators only."""
    if not may_import(request.user):
        raise HttpError(403, "only an administrator may import history")
    if file is None:
        raise HttpError(422, "there is no file in the request")
    if (file.size or 0) > settings.IMPORT_BYTES:
        raise HttpError(413, f"the file has more than {settings.IMPORT_BYTES:,} bytes; manage.py import reads any")
    try:
        made = take_in(file)
    except MalformedFile as error:
        raise HttpError(422, str(error)) from error
    except (WorkerDied, MemoryError) as error:
        raise HttpError(422, "the file needs more memory than allowed; manage.py import reads any") from error
    audit.note(request, AuditEvent.What.IMPORT, made, file.name or "")
    return Status(201, {"id": made})


def take_in(file: UploadedFile) -> str:
    """Import a file; a worker reads a large one. Return the new host's machine id.

    :raises MalformedFile: it is incomplete, or no export.
    """
    if not is_large(file):
        return importing.bring_in(file, MOST_INFLATION * settings.IMPORT_BYTES).machine_id
    if isinstance(file, TemporaryUploadedFile):
        return import_steps.bring_in(file.temporary_file_path(), MOST_INFLATION * settings.IMPORT_BYTES)
    return import_steps.bring_in(file.read(), MOST_INFLATION * settings.IMPORT_BYTES)


def is_large(file: UploadedFile) -> bool:
    """Whether a file holds more than :data:`LARGE` bytes when it is decompressed."""
    head, inflater = file.read(LARGE), zlib.decompressobj(31)
    file.seek(0)
    try:
        inflated = inflater.decompress(head, LARGE + 1)
    except zlib.error:
        return False
    return (file.size or 0) > LARGE or len(inflated) > LARGE or bool(inflater.unused_data)


class InTurn(StreamingHttpResponse):
    """A streamed response that holds a turn until it is closed, or dropped before anybody read it."""

    give_back: Callable[[], object] = staticmethod(lambda: None)

    def close(self) -> None:
        self.give_back()
        super().close()


def file_name(host: Host, first: int, last: int) -> str:
    """The file's name: host, first and last snapshot."""
    return f"{file_stem(host.hostname)}-{first}-{last}{SUFFIX}"


async def stream(
    request: HttpRequest, pieces: Iterator[bytes], give_back: Callable[[], None]
) -> AsyncIterator[bytes]:
    """Yield each piece as soon as it is made, in the request's thread beside the event loop.

    :param give_back: what gives the turn back, also where the download fails midway: then nobody closes the response.
    :raises RightLost: whoever asked may no longer see the host.
    """
    following = database_sync_to_async(next_piece)
    try:
        while piece := await following(request, pieces):
            yield piece
    finally:
        give_back()


def next_piece(request: HttpRequest, pieces: Iterator[bytes]) -> bytes:
    """The next piece; empty at the end. :raises RightLost: as :func:`stream`."""
    if not is_still_allowed(request):
        raise RightLost(f"{request.path} is cut off: its reader may no longer see the host")
    return next(pieces, b"")
