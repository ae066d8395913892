"""The finder of members, on layouts of several kernels; the live kernel's own is in tests/host."""

from __future__ import annotations

import pytest

from inspector.agent.collect.kernel.btf import Btf, Field
from inspector.agent.collect.kernel.layout import Offsets
from inspector.errors import KernelReaderUnavailable
from tests.support.made_btf import KERNEL, NS_COMMON, make_btf


def without(name: str, member: str) -> dict:
    return KERNEL | {name: {key: value for key, value in KERNEL[name].items() if key != member}}


def test_a_path_leads_through_pointers_members_other_names_and_arrays() -> None:
    btf = Btf(make_btf())
    assert btf.path("task_struct", "tgid") == (Field(1268, 4),)
    assert btf.path("task_struct", "real_cred->uid.val") == (Field(1728, 8), Field(8, 4))
    assert btf.path("task_struct", "comm") == (Field(1752, 16),)
    assert btf.path("task_struct", "thread_pid->numbers.ns->ns.inum") == (
        Field(1368, 8),
        Field(152, 8),
        Field(136, 4),
    )


def test_a_member_of_an_unnamed_member_is_found_by_its_own_name() -> None:
    assert Btf(make_btf()).path("task_struct", "nsproxy->net_ns->ns.ns_id")[-1] == Field(120 + 32, 8)


def test_before_namespaces_were_numbered_they_have_no_id() -> None:
    offsets = Offsets(Btf(make_btf(KERNEL | {"ns_common": NS_COMMON})))
    assert {fields.id for fields in offsets.namespaces.values()} == {None}
    assert offsets.namespaces["net"].inode == Field(120 + 24, 4)


def test_where_only_mount_namespaces_are_numbered_theirs_is_read() -> None:
    offsets = Offsets(Btf(make_btf(KERNEL | {"ns_common": NS_COMMON})), mnt_id="seq")
    assert {kind: fields.id for kind, fields in offsets.namespaces.items() if fields.id} == {"mnt": Field(104, 8)}


def test_another_layout_gives_other_offsets() -> None:
    moved = {name: {key: (kind, at + 64) for key, (kind, at) in members.items()} for name, members in KERNEL.items()}
    here, there = Offsets(Btf(make_btf())), Offsets(Btf(make_btf(moved)))
    assert there.tgid.offset == here.tgid.offset + 64
    assert there.namespaces["uts"].inode.offset == here.namespaces["uts"].inode.offset + 128, (
        "of ns, and of inum in it"
    )


def test_before_linux_5_14_the_state_has_its_old_name() -> None:
    task = {("state" if key == "__state" else key): value for key, value in KERNEL["task_struct"].items()}
    old = Offsets(Btf(make_btf(KERNEL | {"task_struct": task | {"state": ("u64", 16)}})))
    [life] = [sources for slot, sources in old.slots if slot.name == "life"]
    assert [steps[-1] for steps in life] == [Field(16, 4), Field(1160, 4)], "of a long the lower half"


def test_kinds_of_namespaces_that_a_kernel_lacks_are_not_asked_for() -> None:
    lacking = {name: members for name, members in KERNEL.items() if name != "time_namespace"}
    lacking["nsproxy"] = {key: value for key, value in KERNEL["nsproxy"].items() if key != "time_ns"}
    offsets = Offsets(Btf(make_btf(lacking)), ("mnt", "uts", "ipc", "pid", "net", "user", "cgroup"))
    assert "time" not in offsets.namespaces


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("task_struct", "tgid"),
        ("task_struct", "__state"),
        ("nsproxy", "net_ns"),
        ("ns_common", "inum"),
        ("cred", "user_ns"),
        ("pid", "numbers"),
        ("kernfs_node", "id"),
        ("bpf_iter_meta", "seq"),
    ],
)
def test_a_missing_member_is_an_error_that_names_it(name: str, member: str) -> None:
    with pytest.raises(KernelReaderUnavailable, match=member) as caught:
        Offsets(Btf(make_btf(without(name, member))))
    assert caught.value.why == "unsupported"


def test_a_bitfield_is_refused_by_its_name() -> None:
    btf = Btf(make_btf(bitfields=("exit_state",)))
    with pytest.raises(KernelReaderUnavailable, match=r"'exit_state' of .* is a bitfield"):
        Offsets(btf)


def test_a_function_is_found_although_a_structure_has_its_name() -> None:
    both = KERNEL | {"bpf_iter_task": {"meta": ("*bpf_iter_meta", 0)}}
    assert Btf(make_btf(both)).function("bpf_iter_task") == Btf(make_btf()).function("bpf_iter_task")


def test_a_path_does_not_lead_through_what_is_no_pointer() -> None:
    with pytest.raises(KernelReaderUnavailable, match="does not lead through a pointer"):
        Btf(make_btf()).path("task_struct", "flags->tgid")


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(100), make_btf()[:30], b"\x9f\xeb" + bytes(10)])
def test_what_is_no_btf_is_malformed(data: bytes) -> None:
    with pytest.raises(KernelReaderUnavailable):
        Offsets(Btf(data))
