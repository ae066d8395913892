"""The public HTTP interface, version 1: typed, JSON, described at ``/api/v1/openapi.json``."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import Field, Query, Schema
from ninja.security import django_auth

from dashboard.accounts.access import visible_hosts
from dashboard.accounts.bearer import BearerToken, WrongToken
from dashboard.api import attention, compare, deletion, feed, history, picture, transfer
from dashboard.api.common import Problem, compressed, is_current, tag_of, tagged
from dashboard.api.large import make
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.openapi.described import DescribedAPI, signed_in_or_token
from dashboard.api.shares import STATES
from dashboard.api.state_cache import packed_state
from inspector.errors import IsoscopeError, NoSuchSnapshot
from inspector.facts.types import HostState
from inspector.history.snapshots import holding
from inspector.history.states import diff_between
from inspector.models import Host
from inspector.protocol.frames import Diff, encode
from inspector.version import Age, age_of

log = logging.getLogger("isoscope.server")

api = DescribedAPI(
    title="Isoscope",
    version="1",
    docs_url=None,
    docs_decorator=signed_in_or_token,
    auth=[BearerToken(), django_auth],
    urls_namespace="api-v1",
)
for module in (history, compare, transfer, picture, feed, attention, deletion):
    api.add_router("", module.router)


class Imported(Schema):
    """When a host was imported from a file, and which machine id it had before."""

    at: datetime
    from_: str = Field(alias="from")


class Agent(Schema):
    """The host's agent, as reported at its last connection."""

    version: str | None  # None: it sent none
    schema_: int = Field(alias="schema")
    age: Age


class HostSummary(Schema):
    """One row of the host chooser."""

    id: str
    hostname: str
    kernel: str
    boot_id: str
    seq: int
    seen_at: datetime | None  # when the newest state still held
    heard_at: datetime | None  # when the agent's last message arrived
    waiting: int  # frames that it had still to deliver then
    interval_s: float
    stale: bool  # the newest state is older than two intervals
    away: bool  # no message of the agent for three intervals
    processes: int
    containers: int
    agent: Agent | None  # None: the host was imported
    imported: Imported | None
    problem: str | None = None  # why this row cannot be shown; nothing else of it is known then


@api.exception_handler(WrongToken)
def wrong_token(request: HttpRequest, error: WrongToken) -> HttpResponse:
    response = api.create_response(request, {"detail": str(error)}, status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


@api.exception_handler(NoSuchSnapshot)
def no_such_snapshot(request: HttpRequest, error: NoSuchSnapshot) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404)


@api.exception_handler(IsoscopeError)
def cannot_do(request: HttpRequest, error: IsoscopeError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=409)


@api.get("/hosts", response=list[HostSummary], by_alias=True)
def list_hosts(request: HttpRequest) -> list[dict[str, Any]]:
    """The hosts this user may see, by name."""
    return [summarise_any(host) for host in visible_hosts(request.user).order_by("hostname", "machine_id")]


def summarise_any(host: Host) -> dict[str, Any]:
    """The row of a host. The list never fails for one of them."""
    try:
        return summarise(host)
    except Exception as error:
        log.exception("the host %s cannot be listed", host.machine_id)
        return UNKNOWN | {"id": host.machine_id, "hostname": host.hostname, "problem": type(error).__name__}


UNKNOWN: Final[dict[str, Any]] = {
    **dict.fromkeys(("kernel", "boot_id"), ""),
    **dict.fromkeys(("seq", "waiting", "interval_s", "processes", "containers"), 0),
    **dict.fromkeys(("seen_at", "heard_at", "agent", "imported")),
    **dict.fromkeys(("stale", "away"), True),
}
"""A row of which nothing is known."""


def summarise(host: Host) -> dict[str, Any]:
    now = timezone.now()
    return {
        "id": host.machine_id,
        "hostname": host.hostname,
        "kernel": host.kernel,
        "boot_id": host.boot_id,
        "seq": host.last_seq,
        "seen_at": host.seen_at,
        "heard_at": host.heard_at or host.seen_at,
        "waiting": host.waiting,
        "interval_s": host.interval.total_seconds(),
        "stale": host.imported_at is None and not host.is_live(now),
        "away": host.is_away(now),
        "processes": host.processes,
        "containers": host.containers,
        "agent": None if host.imported_at else describe_agent(host),
        "imported": host.imported_at and {"at": host.imported_at, "from": host.imported_from},
    }


def describe_agent(host: Host) -> dict[str, Any]:
    """The version and schema of a host's agent, and whether it is older than this server."""
    version = host.agent_version
    return {"version": version or None, "schema": host.agent_schema, "age": age_of(version)}


@api.get("/hosts/{machine_id}/state", response={404: Problem}, openapi_extra=answers(HostState))
def state(request: HttpRequest, machine_id: str, at: int | None = None) -> HttpResponseBase:
    """The complete ``HostState``, now or at a snapshot; ``X-Isoscope-Seq`` is the snapshot's number."""
    host = host_for(request, machine_id)
    seq = host.last_seq if at is None else at
    holding(host, seq)
    tag = tag_of("state", host.pk, seq)
    if is_current(request, tag):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        with STATES.turn(request):
            response = compressed(request, packed_state(host, seq))
    response.headers["X-Isoscope-Seq"] = str(seq)
    patch_vary_headers(response, ["Accept-Encoding"])
    return tagged(response, tag)


@api.get("/hosts/{machine_id}/compare", response={404: Problem}, openapi_extra=answers(Diff))
def read_changes(
    request: HttpRequest, machine_id: str, from_: Annotated[int, Query(alias="from")], to: int
) -> HttpResponse:
    """The diff that turns the state at ``from`` into the state at ``to``; either order is allowed."""
    host = host_for(request, machine_id)
    with STATES.turn(request):
        changes = make(host, max(from_, to), encode_changes, host, from_, to)
    return HttpResponse(changes, content_type="application/json")


def encode_changes(host: Host, before: int, after: int) -> bytes:
    return encode(diff_between(host, before, after))
