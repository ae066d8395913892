from __future__ import annotations

import shutil
import subprocess

import msgspec
import psutil
import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.facts.isolation.isolated import isolates, place_in
from inspector.facts.types import HostState
from tests.fixtures import isolated
from tests.support.unshared import unshared


def told(state: HostState) -> dict[str, tuple[str, str, int]]:
    return {one.name: (one.kind, " ".join(one.types), len(one.processes)) for one in isolates(state)}


def test_the_fixture_is_what_is_found():
    kept = msgspec.json.decode(isolated.FILE.read_bytes(), type=list[isolated.Case])
    assert kept == isolated.cases()


def test_services_are_told_by_their_units():
    assert told(isolated.units()) == {
        "nginx.service": ("service", "mnt net", 3),
        "backup@a.service": ("service", "mnt", 1),
        "backup@b.service": ("service", "mnt", 1),
        "sync.service 40": ("service", "mnt", 1),
        "sync.service 41": ("service", "mnt", 1),
        "machine:db-1": ("service", "mnt", 1),
        "machine:web": ("service", "mnt", 1),
    }


def test_instances_of_a_template_are_alike():
    programs = [one.program for one in isolates(isolated.units())]
    assert programs.count("backup@.service") == 2


def test_sandboxes_are_told_by_application_or_by_their_topmost_process():
    assert told(isolated.programs()) == {
        "org.mozilla.firefox": ("sandbox", "mnt user", 2),
        "spotify": ("sandbox", "mnt", 1),
        "chromium 99": ("sandbox", "pid net user", 3),
        "unshare 80": ("sandbox", "uts", 1),
        "unshare 81": ("sandbox", "uts", 1),
        "agent 82": ("sandbox", "ipc", 1),
    }


def test_what_is_a_containers_is_not_isolated_without_it():
    assert told(isolated.beside_containers()) == {"dockerd 93": ("sandbox", "mnt", 1)}


def test_nothing_is_told_where_the_hosts_namespaces_are_unknown():
    assert isolates(isolated.without_the_hosts()) == ()


@pytest.mark.parametrize(
    ("cgroup", "name"),
    [
        ("/system.slice/nginx.service", "nginx.service"),
        ("/../../system.slice/nginx.service", "nginx.service"),
        ("/system.slice/nginx.service/worker", "nginx.service"),
        ("/system.slice/run-u7.scope", "run-u7.scope"),
        ("/user.slice/user-1000.slice/user@1000.service/session.slice/pipewire.service", "pipewire.service"),
        (r"/user.slice/app-flatpak-org.eng.My\x2dApp-1234.scope", "org.eng.My-App"),
        ("/user.slice/snap.lxd.lxc-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.scope", "lxd.lxc"),
        ("/user.slice/snap.firefox.firefox.0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.scope", "firefox"),
        ("/system.slice/snap.lxd.daemon.service", "snap.lxd.daemon.service"),
        ("/machine.slice/machine-web.scope/payload", "machine:web"),
        ("/user.slice/user-1000.slice/session-2.scope", None),
        ("/user.slice/user-1000.slice/user@1000.service/init.scope", None),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-chromium-12.scope", None),
        ("/system.slice", None),
        ("/", None),
        ("", None),
        (None, None),
    ],
)
def test_a_control_group_says_what_a_process_belongs_to(cgroup, name):
    place = place_in(cgroup)
    assert (place and place.name) == name


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_processes_in_namespaces_of_their_own_are_found():
    command = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--unshare-pid", "sh", "-c", "echo up; read x; true"]
    with (
        unshared("--uts", "--ipc", number=2) as pids,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        inside = psutil.Process(child.pid).children()[0].pid
        state = Scanner(engine=None).scan()
        child.stdin.close()
    found = {isolate.name: isolate for isolate in isolates(state)}
    plain, boxed = found[f"sh {pids[0]}"], found[f"bwrap {inside}"]
    assert (plain.kind, plain.types, len(plain.processes)) == ("sandbox", ("uts", "ipc"), 2)
    assert (boxed.kind, boxed.program, len(boxed.processes)) == ("sandbox", "bwrap", 2)
    assert {"mnt", "pid", "net"} <= set(boxed.types)
