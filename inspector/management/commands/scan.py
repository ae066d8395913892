"""``manage.py scan``: scan this host once, without a database."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any, TextIO

import msgspec
from django.conf import settings
from django.core.management.base import CommandError

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.collect.docker.socket import find_socket
from inspector.agent.collect.kernel.choice import choose_reader
from inspector.agent.collect.masking.mask import Masking
from inspector.agent.collect.readers import Wanted
from inspector.agent.collect.vitals.host_vitals import HostReader
from inspector.agent.scan.scanner import Scanner
from inspector.analysis.text.chain_tree import ASCII, UNICODE, draw
from inspector.analysis.text.gaps import explain_all
from inspector.analysis.text.vitals import say_vitals
from inspector.errors import IsoscopeError
from inspector.facts.moments import parse_instant
from inspector.facts.types import HostState
from inspector.management.base import FAILED, IsoscopeCommand, add_docker_socket, add_reader


class Command(IsoscopeCommand):
    """Exit status 0, also where not everything could be read; 2 where there is no answer at all."""

    help = "Show the containers of this host, who started them, and where namespaces change."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the whole state as one JSON object")
        parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
        parser.add_argument(
            "--no-docker", action="store_true", help="do not ask Docker; containers are found by their cgroups"
        )
        add_docker_socket(parser)
        add_reader(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        state = scan(
            None if options["no_docker"] else find_socket(options["docker_socket"], os.environ), options["reader"]
        )
        if options["json"]:
            self.print_json(state)
            return
        strokes = ASCII if options["ascii"] or not can_draw(sys.stdout) else UNICODE
        self.stdout.write("\n".join(draw(state, strokes)))
        self.stdout.write(uses_of(state))
        for sentence in explain_all(state.coverage.gaps):
            self.stderr.write(sentence)


def scan(docker_socket: str | None, reader: Wanted = "auto") -> HostState:
    """Scan this host once.

    :param reader: by which its processes are read.

    :raises CommandError: with exit status 2, where the host cannot be read.
    """
    masking = Masking(settings.MASK)
    engine = DockerEngine(docker_socket, masking=masking) if docker_socket else None
    try:
        choice = choose_reader(reader)
        return Scanner(engine=engine, masking=masking, gaps=choice.gaps, reader=choice.reader).scan()
    except (IsoscopeError, OSError) as error:
        raise CommandError(f"This host cannot be read: {error}", returncode=FAILED) from error


def uses_of(state: HostState) -> str:
    """What this host uses, in one line. CPU and network are not told: they take two readings."""
    booted_at = state.host.booted_at
    up_s = None if booted_at is None else time.time() - parse_instant(booted_at).timestamp()
    return say_vitals(HostReader(settings.DATA_DIR).read(()), up_s)


def can_draw(stream: TextIO) -> bool:
    """Whether the stream's encoding has the characters a tree is drawn with."""
    try:
        "".join(msgspec.structs.astuple(UNICODE)).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return os.environ.get("TERM") != "linux"  # the kernel's console has the code points, its font often not
