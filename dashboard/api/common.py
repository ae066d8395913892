"""What the endpoints share: error responses, moments as people write them, and cache headers."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.text import slugify
from ninja import Schema
from ninja.errors import HttpError
from pydantic import Field

from inspector.analysis.text import zones
from inspector.errors import MalformedMoment
from inspector.facts import moments
from inspector.facts.types import Fact
from inspector.history import snapshots
from inspector.models import Host

Words = Annotated[str, Field(max_length=64)]
"""A moment or a time zone, as a person writes it."""

LONGEST_STEM = 60
MOST_INFLATED_AT_ONCE = 2**20
PIECE = 2**16

Response = TypeVar("Response", bound=HttpResponseBase)


class Problem(Schema):
    """An error response; ``detail`` says what is wrong."""

    detail: str


def parse(text: str, zone: str) -> int | datetime:
    """Parse a moment: the number of a snapshot, or a point in time.

    :raises HttpError: 422, the text is no moment, or there is no such time zone.
    """
    try:
        return moments.parse(text, timezone.now(), zones.named_zone(zone))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


def parse_asked(host: Host, text: str, zone: str) -> int | datetime:
    """Parse a moment of a host's history, as :func:`inspector.history.snapshots.parse_asked` does.

    :raises HttpError: 422, the text is no moment, or one that is still to come, or there is no such time zone.
    :raises NoSuchSnapshot: it is a number that no snapshot has yet.
    """
    try:
        return snapshots.parse_asked(host, text, timezone.now(), zones.named_zone(zone))
    except MalformedMoment as error:
        raise HttpError(422, str(error)) from error


def answer(fact: Fact) -> HttpResponse:
    """A private JSON response."""
    return private(HttpResponse(msgspec.json.encode(fact), content_type="application/json"))


def private(response: Response) -> Response:
    """Allow only the user's own browser to store the response, and only if it revalidates it."""
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


def tag_of(*parts: object) -> str:
    """An ETag that only this installation can make. A request with it had the answer before."""
    return salted_hmac("isoscope.etag", "\n".join(map(str, parts)), algorithm="sha256").hexdigest()[:32]


def tagged(response: Response, tag: str) -> Response:
    """A private response with a strong ETag."""
    response.headers["ETag"] = f'"{tag}"'
    return private(response)


def is_current(request: HttpRequest, tag: str) -> bool:
    """Whether the client already holds the representation with this ETag."""
    return request.headers.get("If-None-Match") == f'"{tag}"'


def compressed(request: HttpRequest, packed: bytes) -> HttpResponseBase:
    """A JSON response from gzip bytes. It is decompressed for a client that does not accept gzip, piece by piece."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(packed, content_type="application/json", headers={"Content-Encoding": "gzip"})
    if len(packed) <= MOST_INFLATED_AT_ONCE:
        return HttpResponse(gzip.decompress(packed), content_type="application/json")
    return StreamingHttpResponse(inflate(packed), content_type="application/json")


async def inflate(packed: bytes) -> AsyncIterator[bytes]:
    """What gzip bytes hold, in pieces."""
    inflater, rest = zlib.decompressobj(31), packed
    while not inflater.eof:
        yield inflater.decompress(rest, PIECE)
        rest = inflater.unconsumed_tail


def file_stem(hostname: str) -> str:
    """The hostname as the first part of a file name: plain characters only, and never empty."""
    return slugify(hostname)[:LONGEST_STEM] or "host"
