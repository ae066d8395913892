"""``manage.py agent``: scan this host again and again, and send what changed to a server. Needs no database."""

from __future__ import annotations

import logging
import os
import pwd
import stat
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from inspector import capability_sets, checks
from inspector.agent import lifetime
from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.collect.docker.socket import find_socket, is_foreign
from inspector.agent.collect.kernel.choice import choose_reader
from inspector.agent.collect.masking.mask import Masking
from inspector.agent.collect.vitals.reader import VitalsReader
from inspector.agent.host_events import HostEvents, open_host_events
from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import Scanner
from inspector.agent.spool import Spool
from inspector.agent.uplink import UNREACHED, Uplink, explain, is_private, socket_url
from inspector.errors import IsoscopeError
from inspector.management.base import IsoscopeCommand, add_docker_socket, add_reader
from inspector.owned_folder import MOST_BYTES, Owner, open_given, owner_of
from inspector.parent_pipe import end_with_parent

log = logging.getLogger("isoscope.agent")


class Command(IsoscopeCommand):
    help = "Scan this host again and again, and send what changed to a server."
    requires_system_checks = [checks.TAG]
    owns_process = False  # this process is the agent alone

    def run_from_argv(self, argv: list[str]) -> None:
        """As every command on a command line: then the process is ours, and gives up what it does not use."""
        self.owns_process = True
        super().run_from_argv(argv)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--server", required=True, metavar="URL", help="http(s):// or ws(s):// address of the server"
        )
        parser.add_argument("--server-name", metavar="NAME", help="a name for this server, if its address changes")
        parser.add_argument(
            "--token-file", type=Path, metavar="FILE", help="holds the token; else ISOSCOPE_TOKEN does"
        )
        parser.add_argument(
            "--token-fd", type=int, metavar="N", help="an inherited descriptor, such as a pipe, that gives the token"
        )
        parser.add_argument(
            "--interval",
            type=_seconds,
            default=settings.SCAN_INTERVAL,
            metavar="S",
            help="seconds from one heartbeat to the next; without events of the kernel, also from scan to scan",
        )
        parser.add_argument(
            "--full-scan",
            type=_seconds,
            default=settings.FULL_SCAN,
            metavar="S",
            help="seconds from one full scan to the next, while something else tells what changes in between",
        )
        parser.add_argument(
            "--pass",
            type=_seconds,
            default=settings.PASS,
            dest="pass_s",
            metavar="S",
            help="seconds from one pass to the next: it finds what the kernel does not report",
        )
        parser.add_argument(
            "--measure",
            type=_seconds,
            default=settings.MEASURE_INTERVAL,
            metavar="S",
            help="seconds from one reading of what the containers use to the next",
        )
        parser.add_argument(
            "--once", action="store_true", help="deliver the whole state once; status 2 if that failed"
        )
        parser.add_argument(
            "--data", type=Path, default=settings.DATA_DIR, metavar="DIR", help="where undelivered frames are kept"
        )
        parser.add_argument(
            "--no-docker", action="store_true", help="do not ask Docker; containers show by their cgroups"
        )
        add_docker_socket(parser)
        add_reader(parser)
        parser.add_argument(
            "--owner", type=_account, metavar="NAME", help="as root: the owner of the files in DIR; also UID:GID"
        )
        parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input does")
        parser.add_argument("--insecure", action="store_true", help="send the token unencrypted over the network")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """As every command; before it, the check of this host uses the socket that was named."""
        if options.get("docker_socket"):
            os.environ["DOCKER_HOST"] = options["docker_socket"]
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            lifetime.hold_requests()
        url = socket_url(options["server"])
        if not is_private(url) and not options["insecure"]:
            raise IsoscopeError(f"{url} is neither encrypted nor this machine: use https://, or add --insecure")
        token = self._read_token(options["token_file"], options["token_fd"])
        data = options["data"]
        if not options["once"]:
            lifetime.hold_signals()
        spool = Spool(data, owner_ids=options["owner"])
        needed = find_needed(data, options)
        self._keep_only(needed)
        masking = Masking(settings.MASK)
        engine = None if options["no_docker"] else make_engine(options["docker_socket"], masking)
        events = HostEvents() if options["once"] else open_host_events()
        choice = choose_reader(options["reader"])
        self._keep_only(needed & ~(capability_sets.LOADING if choice.name == "kernel" else capability_sets.READING))
        if choice.why_not_kernel:
            log.info("processes are read from /proc: %s", choice.why_not_kernel)
        scanner = Scanner(
            engine=engine,
            machine_id_file=data / "machine-id",
            gaps=(*events.gaps, *choice.gaps),
            masking=masking,
            reader=choice.reader,
            vitals=VitalsReader(data),
        )
        agent = Agent(
            scanner,
            spool,
            options["server_name"] or url,
            options["interval"],
            events,
            options["full_scan"],
            options["measure"],
            options["pass_s"],
        )
        uplink = Uplink(agent, url, token)
        if options["once"]:
            deliver_once(agent, uplink, url)
            return
        if options["exit_with_parent"]:
            end_with_parent(bare=True)
        if engine is not None:
            engine.listen(events.add_containers, execs=not events.has_process_events)
        lifetime.run(agent, uplink)

    def _keep_only(self, capabilities: int) -> None:
        if self.owns_process:
            capability_sets.keep_only(capabilities)

    def _read_token(self, path: Path | None, number: int | None) -> str:
        """The token, from the descriptor, the file or the environment.

        :raises IsoscopeError: there is none, or it is not one word.
        """
        token = os.environ.get("ISOSCOPE_TOKEN", "")
        if number is not None:
            token = read_inherited(number)
        elif path is not None:
            token = read_private(path, self.stderr.write)
        token = token.strip()
        if not token:
            raise IsoscopeError("no token: give --token-file, or set ISOSCOPE_TOKEN")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise IsoscopeError("the token is not one word of ASCII characters")
        return token


def find_needed(data: Path, options: dict[str, Any]) -> int:
    """The capabilities that an agent with these options needs, once its data folder is made."""
    reads_kernel = options["reader"] != "procfs"
    foreign_socket = not options["no_docker"] and is_foreign(find_socket(options["docker_socket"], os.environ))
    return capability_sets.needed(reads_kernel, owner_of(data) is not None, foreign_socket)


def make_engine(named: str | None, masking: Masking) -> DockerEngine:
    """The engine at the socket that is named, by the option or by ``DOCKER_HOST``."""
    return DockerEngine(find_socket(named, os.environ), masking=masking)


def deliver_once(agent: Agent, uplink: Uplink, url: str) -> None:
    """Scan once, and deliver the state.

    :raises IsoscopeError: it could not be delivered; it is kept for the next time.
    """
    if agent.full_scan() is None:
        raise IsoscopeError("the scan of this host failed")
    try:
        uplink.connect_once(until_empty=True)
    except UNREACHED as error:
        raise IsoscopeError(f"not delivered: {explain(error, url)[1]}") from error
    finally:
        agent.spool.close()


def read_inherited(number: int) -> str:
    """The text that a descriptor gives until its end.

    :raises IsoscopeError: it is not open.
    """
    try:
        with os.fdopen(number, "rb") as pipe:
            return pipe.read(MOST_BYTES).decode(errors="replace")
    except OSError as error:
        raise IsoscopeError(f"the token in descriptor {number} cannot be read: {error.strerror}") from error


def read_private(path: Path, warn: Any) -> str:
    """The text of a file that only its owner should be able to read.

    :raises IsoscopeError: it cannot be read.
    """
    try:
        with open_given(path) as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRGRP | stat.S_IROTH):
                warn(f"{path} can be read by others; chmod 600 {path}")
            return file.read(MOST_BYTES).decode(errors="replace")
    except OSError as error:
        raise IsoscopeError(f"the token in {path} cannot be read: {error}") from error


def _account(name: str) -> Owner:
    """The numbers of an account, which need have no name on this machine: ``UID:GID``."""
    if ":" in name:
        uid, gid = map(int, name.split(":"))
        return Owner(uid, gid)
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise ValueError(name) from None
    return Owner(found.pw_uid, found.pw_gid)


def _seconds(text: str) -> float:
    number = float(text)
    if not 0.5 <= number <= 3600:
        raise ValueError(text)
    return number
