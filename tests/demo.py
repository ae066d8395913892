"""Sample containers that show what isolates and what is shared: ``python -m tests.demo start|stop|status``.

No registry is needed: the image is made here from the static busybox.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container

IMAGE: Final = "local/busybox:1"
BUSYBOX: Final = Path("/bin/busybox")
LABEL: Final = "isoscope.demo"
PREFIX: Final = "isoscope-demo-"
OPTIONAL: Final = frozenset(("privileged",))
SERVE: Final = ["sh", "-c", "mkdir -p /www && echo isoscope > /www/index.html && exec httpd -f -p 8080 -h /www"]
SLEEP: Final = ["sleep", "1000000"]


class DemoError(Exception):
    """The demo cannot start; says what is missing."""


def connect() -> docker.DockerClient:
    """The local engine.

    :raises DemoError: it does not answer.
    """
    try:
        return docker.from_env(timeout=60)
    except DockerException as error:
        raise DemoError(
            f"Docker does not answer: {find_reason(error)}. Start it, or become a user who may use it."
        ) from error


def find_reason(error: BaseException) -> str:
    """What the system said, beneath the layers that libraries put around it."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


def make_image(client: docker.DockerClient) -> None:
    """Make :data:`IMAGE` from the static busybox, unless it is there.

    :raises DemoError: there is no static busybox.
    """
    try:
        client.images.get(IMAGE)
    except ImageNotFound:
        name, tag = IMAGE.split(":")
        client.api.import_image_from_data(pack_busybox(), repository=name, tag=tag)


def pack_busybox() -> bytes:
    """A root file system as a tar archive: busybox, and a link to it for each of its applets."""
    if not BUSYBOX.exists():
        raise DemoError(f"{BUSYBOX} is not there: install the package busybox-static.")
    listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder in ("bin", "tmp", "etc"):
            archive.addfile(_entry(folder, tarfile.DIRTYPE))
        archive.add(BUSYBOX, "bin/busybox")
        for applet in listed.stdout.split():
            if applet != "busybox":
                archive.addfile(_entry(f"bin/{applet}", tarfile.SYMTYPE, "busybox"))
    return buffer.getvalue()


def _entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, target, 0o755
    return entry


def samples(prefix: str = PREFIX) -> dict[str, dict[str, Any]]:
    """Name → how it is run, in the order of their start."""
    web = f"container:{prefix}web"
    return {
        "web": {"command": SERVE, "mem_limit": "64m", "pids_limit": 64},
        "sidecar": {"command": SLEEP, "network_mode": web, "pid_mode": web},
        "host": {"command": SLEEP, "network_mode": "host", "ipc_mode": "host"},
        "init": {"command": ["sh", "-c", "sleep 1000000 & wait"], "init": True},
        "privileged": {"command": SLEEP, "privileged": True},
        "exec": {"command": SLEEP, "mem_limit": "32m", "nano_cpus": 500_000_000},
    }


def run(client: docker.DockerClient, name: str, prefix: str = PREFIX, **options: Any) -> Container:
    """Start one labelled container in the background; it stops within a second of being asked."""
    options.setdefault("command", SLEEP)
    labels = {LABEL: "1"} | options.pop("labels", {})
    return client.containers.run(
        IMAGE, detach=True, name=prefix + name, labels=labels, stop_signal="SIGKILL", **options
    )


def start(client: docker.DockerClient, prefix: str = PREFIX) -> dict[str, Container]:
    """Start every sample that does not run yet; those that do stay as they are.

    :return: name → container; without those this host does not permit (``privileged`` inside a confined machine).
    """
    make_image(client)
    started = {}
    for name, options in samples(prefix).items():
        try:
            started[name] = _ensure(client, name, prefix, options)
        except APIError as error:
            if name not in OPTIONAL:
                raise
            print(f"{prefix}{name} cannot run on this host: {error.explanation}", file=sys.stderr)
    if not has_exec(started["exec"]):
        started["exec"].exec_run(["sleep", "2000000"], detach=True)
    return started


def _ensure(client: docker.DockerClient, name: str, prefix: str, options: Mapping[str, Any]) -> Container:
    try:
        found = client.containers.get(prefix + name)
    except NotFound:
        return _run_whole(client, name, prefix, options)
    if LABEL not in found.labels:
        raise DemoError(f"A container named {found.name} is there that is not of the demo; it is left alone.")
    if found.status != "running":
        found.start()
    return found


def _run_whole(client: docker.DockerClient, name: str, prefix: str, options: Mapping[str, Any]) -> Container:
    """Run it or leave nothing behind: Docker keeps a container that it could create and not start."""
    try:
        return run(client, name, prefix, **options)
    except APIError:
        for container in find(client, prefix + name):
            container.remove(force=True)
        raise


def has_exec(container: Container) -> bool:
    """Whether a process started by ``docker exec`` runs in it."""
    container.reload()
    identities = container.attrs.get("ExecIDs") or ()
    assert container.client is not None
    return any(container.client.api.exec_inspect(identity)["Running"] for identity in identities)


def find(client: docker.DockerClient, prefix: str = PREFIX) -> Iterator[Container]:
    """The demo's containers, by label *and* name."""
    for container in client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
        if (container.name or "").startswith(prefix):
            yield container


def stop(client: docker.DockerClient, prefix: str = PREFIX) -> list[str]:
    """Remove the demo's containers and nothing else; the image stays."""
    removed = []
    for container in find(client, prefix):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            continue
        removed.append(container.name or container.id or "")
    return removed


def main(arguments: list[str]) -> int:
    """Exit status 0; 2 where the demo cannot run."""
    if arguments not in (["start"], ["stop"], ["status"]):
        print("usage: python -m tests.demo start|stop|status", file=sys.stderr)
        return 2
    try:
        client = connect()
        if arguments == ["start"]:
            start(client)
        elif arguments == ["stop"]:
            removed = stop(client)
            print(f"{len(removed)} sample containers removed")
            return 0
        for container in find(client):
            print(f"{container.name:28} {container.status}")
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    except APIError as error:
        print(f"Docker refused: {error.explanation}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
