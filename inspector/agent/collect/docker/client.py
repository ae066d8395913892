"""A client of Docker's API, Docker's own or podman's, in the version that the engine speaks."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import docker
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.errors import create_api_error_from_http_exception
from requests import HTTPError

from inspector.agent.collect.docker.socket import ANSWER_SECONDS, probe
from inspector.errors import EngineUnavailable

DOCKER: Final = "docker"
PODMAN: Final = "podman"
_VERSION: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,4}")


class Client(NamedTuple):
    """A connected client, and the engine that answers."""

    api: docker.APIClient
    engine: str  # docker or podman


def connect(path: str) -> Client:
    """Connect to the engine at a unix socket.

    The version is that of the header ``Api-Version`` of ``/_ping``: podman needs seconds for ``/version``. An engine
    without that header, older than Docker 17.04, is asked for ``/version``.

    :raises EngineUnavailable: nobody listens there, or the answer is malformed.
    :raises Exception: whatever docker and requests raise.
    """
    probe(path)
    with _api(path, MINIMUM_DOCKER_API_VERSION) as asking:
        headers = _ping(asking)
    version = headers.get("Api-Version", "auto")
    if version != "auto" and not _VERSION.fullmatch(version):
        raise EngineUnavailable(f"{path}: the engine's version is no version", "malformed")
    return Client(_api(path, version), PODMAN if "Libpod-Api-Version" in headers else DOCKER)


def _ping(client: docker.APIClient) -> dict[str, str]:
    """The headers of the answer, by their usual names."""
    reply = client.get(f"{client.base_url}/_ping", timeout=client.timeout)
    try:
        reply.raise_for_status()
    except HTTPError as error:
        raise create_api_error_from_http_exception(error) from error
    return {name.title(): value for name, value in reply.headers.items()}


def _api(path: str, version: str) -> docker.APIClient:
    client = docker.APIClient(f"unix://{path}", version=version, timeout=ANSWER_SECONDS)
    client.trust_env = False  # neither proxies nor .netrc concern a local socket
    return client
