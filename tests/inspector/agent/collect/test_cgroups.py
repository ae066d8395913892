"""Control groups: paths as the engines make them, limits and usage from trees laid out like the kernel's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.cgroups import (
    UNIFIED,
    Hierarchies,
    Mount,
    find_container,
    parse_cgroup,
    parse_cpu_max,
    parse_cpu_stat,
    parse_limit,
    parse_mounts,
)
from inspector.errors import MalformedProc
from inspector.facts.types import Limits, Usage

ID = "3f4a" * 16
OUTER = "09ce" * 16
POD = "pod6ef1a2b3-0c4d-4e5f-8a6b-7c8d9e0f1a2b"
SLICE = POD.replace("-", "_")


@pytest.mark.parametrize(
    "path",
    [
        f"/docker/{ID}",
        f"/system.slice/docker-{ID}.scope",
        f"/system.slice/docker-{ID}.scope/init.scope",
        f"/myparent/{ID}",
        f"/ecs/0123456789abcdef/{ID}",
        f"/kubepods/burstable/{POD}/{ID}",
        f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{SLICE}.slice/cri-containerd-{ID}.scope",
        f"/kubepods.slice/kubepods-{SLICE}.slice/crio-{ID}.scope",
        f"/kubepods.slice/kubepods-{SLICE}.slice/crio-{ID}.scope/container",
        f"/kubepods/besteffort/{POD}/crio-{ID}",
        f"/system.slice/containerd.service/kubepods-besteffort-{SLICE}.slice:cri-containerd:{ID}",
        f"/machine.slice/libpod-{ID}.scope",
        f"/machine.slice/libpod-{ID}.scope/container",
        f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
        f"/libpod_parent/libpod-{ID}",
        f"/system.slice/web.service/libpod-payload-{ID}",
        f"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-{ID}/init.scope",
        f"/libpod_parent/{OUTER}/{ID}",
        f"/machine.slice/machine-libpod_pod_{OUTER}.slice/libpod-{ID}.scope",
        f"/system.slice/nerdctl-{ID}.scope",
        f"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope",
        f"/default/{ID}",
        f"/docker/{OUTER}/docker/{ID}",
        f"/docker/{OUTER}/system.slice/docker-{ID}.scope",
    ],
)
def test_it_finds_the_innermost_container_whoever_made_the_group(path: str) -> None:
    found = find_container(path)
    assert found is not None
    container, group = found
    assert container == ID
    assert ID in group.rpartition("/")[2]
    assert (path + "/").startswith(group + "/")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/system.slice/docker.service",
        "/user.slice/user-0.slice/session-1.scope",
        f"/machine.slice/libpod-conmon-{ID}.scope",
        f"/kubepods.slice/crio-conmon-{ID}.scope",
        f"/docker/{ID[:63]}",
        f"/docker/{ID}0",
        f"/docker/{ID.upper()}",
        "/process_api/986bed78b6d15b5de8dcb29368f228e5",
        "/system.slice/web.service/runtime",
        "/default/web",
        "/lxc.payload.web",
        "/lxc.payload.proj_web/system.slice/nginx.service",
        "/lxc/web",
        "/lxc.monitor.web",
        "/machine.slice/machine-web.scope/payload",
        "/machine.slice/systemd-nspawn@web.service/payload",
        "/machine.slice/machine-lxc\\x2d1\\x2dweb.scope",
        "/docker/buildkit/x5bpkfp5lzvlq6q3xv1d9mcsn",
        "/buildah-buildah271654895",
        "/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.eng.App-1234.scope",
        "/system.slice/snap.lxd.daemon-0a1b.scope",
        "/system.slice/apptainer-123.scope",
        "/nomad.slice/share.slice/0a1b-web.scope",
        "/eng-runc-hand",
    ],
)
def test_it_takes_no_other_group_for_a_container(path: str) -> None:
    """What has a name instead of an id is found by its monitor or state, if it is a container at all."""
    assert find_container(path) is None


def test_on_v2_there_is_one_path() -> None:
    found = parse_cgroup(f"0::/system.slice/docker-{ID}.scope/sub\n".encode())
    assert (found.path, found.container) == (f"/system.slice/docker-{ID}.scope/sub", ID)
    assert found.groups == {UNIFIED: f"/system.slice/docker-{ID}.scope"}


def test_on_v1_the_path_that_names_a_container_is_taken() -> None:
    found = parse_cgroup(f"9:name=systemd:/\n4:memory:/\n3:cpu,cpuacct:/\n2:pids:/docker/{ID}\n0::/\n".encode())
    assert (found.path, found.container) == (f"/docker/{ID}", ID)
    assert found.groups["cpuacct"] == "/"
    assert found.groups["name=systemd"] == "/"


def test_without_a_container_systemds_path_names_the_process_best() -> None:
    found = parse_cgroup(b"9:name=systemd:/system.slice/cron.service\n4:memory:/else\n0::/other\n")
    assert (found.path, found.container) == ("/system.slice/cron.service", None)


def test_the_inner_engine_names_the_process_in_docker_in_docker() -> None:
    found = parse_cgroup(f"4:memory:/docker/{OUTER}/docker/{ID}\n".encode())
    assert found.container == ID
    assert found.groups["memory"] == f"/docker/{OUTER}/docker/{ID}"


def test_a_path_may_hold_colons_and_bytes_that_are_not_utf_8() -> None:
    assert parse_cgroup(b"0::/a:b \xff\r\n").path == "/a:b \\xff\r"


@pytest.mark.parametrize("data", [b"", b"\n", b"0:/a\n", b"x::/a\n", b"0::/a\n\n", b"garbage"])
def test_a_line_of_another_form_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedProc):
        parse_cgroup(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_malformed(data: bytes) -> None:
    try:
        parse_cgroup(b"1:name=systemd:" + data).path.encode()
    except MalformedProc:
        assert b"\n" in data


MOUNTINFO_V1 = b"""\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:10 master:1 - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
42 27 254:0 /a\\040b /mnt/c\\040d rw - ext4 /dev/vda rw
broken
"""


def test_it_finds_where_each_controller_is_mounted() -> None:
    mounts = parse_mounts(MOUNTINFO_V1)
    assert mounts["cpu"] == mounts["cpuacct"] == Mount("/sys/fs/cgroup/cpu,cpuacct", "/")
    assert mounts["name=systemd"].point == "/sys/fs/cgroup/systemd"
    assert mounts[UNIFIED].point == "/sys/fs/cgroup/unified"


def write(root: Path, **files: str) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)


def groups_v1() -> dict[str, str]:
    return parse_cgroup(
        f"4:memory:/docker/{ID}\n3:cpu,cpuacct:/docker/{ID}/sub\n2:pids:/docker/{ID}\n1:name=systemd:/\n0::/\n".encode()
    ).groups


def test_it_reads_limits_and_usage_of_v1(tmp_path: Path) -> None:
    write(tmp_path / f"memory/docker/{ID}", memory__limit_in_bytes="67108864\n", memory__usage_in_bytes="4096000\n")
    write(tmp_path / f"memory/docker/{ID}", memory__stat="inactive_file 5\ntotal_inactive_file 96000\n")
    write(
        tmp_path / f"cpu,cpuacct/docker/{ID}",
        cpu__cfs_quota_us="150000\n",
        cpu__cfs_period_us="100000\n",
        cpuacct__usage="123456789\n",
    )
    write(tmp_path / f"pids/docker/{ID}", pids__max="64\n", pids__current="3\n")
    hierarchies = Hierarchies(parse_mounts(MOUNTINFO_V1), str(tmp_path))
    assert hierarchies.read_limits(groups_v1()) == Limits(67108864, 1.5, 64)
    assert hierarchies.read_usage(groups_v1()) == Usage(4096000, 123456, 3, 96000)


def test_no_limit_is_none_on_v1(tmp_path: Path) -> None:
    write(tmp_path / f"memory/docker/{ID}", memory__limit_in_bytes="9223372036854771712\n")
    write(tmp_path / f"cpu,cpuacct/docker/{ID}", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    write(tmp_path / f"pids/docker/{ID}", pids__max="max\n")
    assert Hierarchies(parse_mounts(MOUNTINFO_V1), str(tmp_path)).read_limits(groups_v1()) == Limits()


MOUNTINFO_V2 = (
    b"29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
)


def test_it_reads_limits_and_usage_of_v2(tmp_path: Path) -> None:
    write(
        tmp_path / f"system.slice/docker-{ID}.scope",
        memory__max="67108864\n",
        memory__current="4096000\n",
        cpu__max="50000 100000\n",
        cpu__stat="usage_usec 98765\nuser_usec 1\nsystem_usec 2\n",
        pids__max="64\n",
        pids__current="3\n",
    )
    hierarchies = Hierarchies(parse_mounts(MOUNTINFO_V2), str(tmp_path))
    groups = parse_cgroup(f"0::/system.slice/docker-{ID}.scope\n".encode()).groups
    assert hierarchies.read_limits(groups) == Limits(67108864, 0.5, 64)
    assert hierarchies.read_usage(groups) == Usage(4096000, 98765, 3)


def test_no_limit_is_none_on_v2(tmp_path: Path) -> None:
    write(tmp_path / f"docker/{ID}", memory__max="max\n", cpu__max="max 100000\n", pids__max="max\n")
    hierarchies = Hierarchies(parse_mounts(MOUNTINFO_V2), str(tmp_path))
    assert hierarchies.read_limits(parse_cgroup(f"0::/docker/{ID}\n".encode()).groups) == Limits()


@pytest.mark.parametrize(
    ("told", "frozen"), [("FROZEN\n", True), ("FREEZING\n", False), ("THAWED\n", False), ("", False)]
)
def test_v1s_freezer_says_what_is_frozen(tmp_path: Path, told: str, frozen: bool) -> None:
    write(tmp_path / f"freezer/docker/{ID}", freezer__state=told)
    mountinfo = b"40 25 0:35 / /sys/fs/cgroup/freezer rw shared:20 - cgroup freezer rw,freezer\n"
    hierarchies = Hierarchies(parse_mounts(mountinfo), str(tmp_path))
    assert hierarchies.is_frozen(parse_cgroup(f"5:freezer:/docker/{ID}\n0::/\n".encode()).groups) is frozen


@pytest.mark.parametrize(("told", "frozen"), [("1", True), ("0", False)])
def test_v2s_events_say_what_is_frozen(tmp_path: Path, told: str, frozen: bool) -> None:
    write(tmp_path / f"machine.slice/libpod-{ID}.scope", cgroup__events=f"populated 1\nfrozen {told}\n")
    hierarchies = Hierarchies(parse_mounts(MOUNTINFO_V2), str(tmp_path))
    groups = parse_cgroup(f"0::/machine.slice/libpod-{ID}.scope/container\n".encode()).groups
    assert hierarchies.is_frozen(groups) is frozen


def test_on_a_hybrid_host_v2_is_asked_for_what_v1_does_not_have(tmp_path: Path) -> None:
    mountinfo = b"".join(line for line in MOUNTINFO_V1.splitlines(True) if b",pids" not in line)
    write(tmp_path / f"unified/docker/{ID}", pids__max="9\n")
    groups = parse_cgroup(f"4:memory:/docker/{ID}\n0::/docker/{ID}\n".encode()).groups
    assert Hierarchies(parse_mounts(mountinfo), str(tmp_path)).read_limits(groups).pids == 9


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    hierarchies = Hierarchies(parse_mounts(MOUNTINFO_V1), str(tmp_path))
    assert hierarchies.read_limits(groups_v1()) == Limits()
    assert hierarchies.read_usage(groups_v1()) == Usage()
    assert Hierarchies({}, str(tmp_path)).read_limits(groups_v1()) == Limits()


def test_a_mount_that_shows_a_part_only_is_followed_from_there(tmp_path: Path) -> None:
    write(tmp_path / ID, pids__max="5\n")
    mounts = {UNIFIED: Mount(str(tmp_path), "/docker")}
    assert Hierarchies(mounts).read_limits({UNIFIED: f"/docker/{ID}"}).pids == 5


@pytest.mark.parametrize("data", [None, b"", b"max\n", b"-1\n", b"9223372036854771712\n", b"x"])
def test_no_limit_and_nonsense_are_none(data: bytes | None) -> None:
    assert parse_limit(data) is None
    assert parse_cpu_max(data) is None
    assert parse_cpu_stat(data) is None
