"""BTF made for a test: the structures that the kernel reader asks for, laid out as the test wants them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

INT, PTR, ARRAY, STRUCT, UNION, TYPEDEF, CONST, FUNC, FUNC_PROTO = 1, 2, 3, 4, 5, 8, 10, 12, 13

SIZES = {"upid": 16}

Members = Mapping[str, tuple[str, int]]
"""Name → type and offset in bytes. An unnamed member has a name that begins with a dot."""

NS_COMMON: Final[Members] = {"inum": ("u32", 24), "count": ("u32", 28)}
NUMBERED: Final[Members] = {"inum": ("u32", 24), ".rest": ("ns_rest", 32)}
"""As since Linux 6.18: the id is a member of an unnamed member."""

KERNEL: Final[dict[str, Members]] = {
    "task_struct": {
        "__state": ("u32", 24),
        "flags": ("u32", 44),
        "exit_state": ("int", 1160),
        "pid": ("pid_t", 1264),
        "tgid": ("pid_t", 1268),
        "real_parent": ("*task_struct", 1280),
        "thread_pid": ("*pid", 1368),
        "start_boottime": ("u64", 1560),
        "seccomp": ("seccomp", 1500),
        "atomic_flags": ("u64", 1520),
        "loginuid": ("kuid_t", 1536),
        "real_cred": ("*cred", 1728),
        "comm": ("text", 1752),
        "nsproxy": ("*nsproxy", 1880),
        "self_exec_id": ("u64", 2016),
        "cgroups": ("*css_set", 2376),
    },
    "cred": {
        "uid": ("kuid_t", 8),
        "suid": ("kuid_t", 16),
        "euid": ("kuid_t", 24),
        "cap_inheritable": ("kernel_cap_t", 48),
        "cap_permitted": ("kernel_cap_t", 56),
        "cap_effective": ("kernel_cap_t", 64),
        "cap_bset": ("kernel_cap_t", 72),
        "cap_ambient": ("kernel_cap_t", 80),
        "user_ns": ("*user_namespace", 136),
    },
    "kernel_cap_t": {"val": ("u64", 0)},
    "seccomp": {"mode": ("int", 0)},
    "kuid_t": {"val": ("u32", 0)},
    "nsproxy": {
        "uts_ns": ("*uts_namespace", 8),
        "ipc_ns": ("*ipc_namespace", 16),
        "mnt_ns": ("*mnt_namespace", 24),
        "net_ns": ("*net", 40),
        "time_ns": ("*time_namespace", 48),
        "cgroup_ns": ("*cgroup_namespace", 64),
    },
    "css_set": {"dfl_cgrp": ("*cgroup", 112)},
    "cgroup": {"kn": ("*kernfs_node", 264)},
    "kernfs_node": {"id": ("u64", 96)},
    "pid": {"level": ("u32", 4), "numbers": ("upids", 144)},
    "upid": {"nr": ("int", 0), "ns": ("*pid_namespace", 8)},
    "pid_namespace": {"parent": ("*pid_namespace", 72), "user_ns": ("*user_namespace", 88), "ns": ("ns_common", 112)},
    "user_namespace": {"parent": ("*user_namespace", 192), "ns": ("ns_common", 216)},
    "mnt_namespace": {"ns": ("ns_common", 0), "seq": ("u64", 104), "user_ns": ("*user_namespace", 112)},
    "uts_namespace": {"user_ns": ("*user_namespace", 392), "ns": ("ns_common", 408)},
    "ipc_namespace": {"user_ns": ("*user_namespace", 1600), "ns": ("ns_common", 1616)},
    "net": {"user_ns": ("*user_namespace", 80), "ns": ("ns_common", 120)},
    "cgroup_namespace": {"user_ns": ("*user_namespace", 80), "ns": ("ns_common", 0)},
    "time_namespace": {"user_ns": ("*user_namespace", 0), "ns": ("ns_common", 32)},
    "ns_common": NUMBERED,
    "ns_rest": {"ns_id": ("u64", 0)},
    "bpf_iter_meta": {"seq": ("*seq_file", 0), "session_id": ("u64", 8)},
    "seq_file": {"buf": ("u64", 0)},
}
"""Offsets as in Linux 6.18 on x86-64."""


def make_btf(structs: Mapping[str, Members] = KERNEL, bitfields: tuple[str, ...] = ()) -> bytes:
    """The bytes of a ``/sys/kernel/btf/vmlinux`` with these structures.

    :param bitfields: members that are bitfields.
    """
    return _Writer(structs, bitfields).write()


class _Writer:
    def __init__(self, structs: Mapping[str, Members], bitfields: tuple[str, ...]) -> None:
        self._structs = structs
        self._bitfields = bitfields
        self._strings = bytearray(b"\0")
        self._types: list[bytes] = []
        self._ids: dict[str, int] = {}

    def write(self) -> bytes:
        for name, size in {"u8": 1, "u32": 4, "int": 4, "u64": 8}.items():
            self._add(name, INT, 0, size, struct.pack("<I", size * 8), name)
        self._add("pid_t", TYPEDEF, 0, self._ids["int"], b"", "pid_t")
        self._add("text", ARRAY, 0, 0, struct.pack("<III", self._ids["u8"], self._ids["u32"], 16))
        self._add("proto", FUNC_PROTO, 0, 0, b"")
        self._add("bpf_iter_task()", FUNC, 0, self._ids["proto"], b"", "bpf_iter_task")
        first = len(self._types) + 1
        count = len(self._structs)
        self._ids |= {name: first + number for number, name in enumerate(self._structs)}
        self._ids |= {f"*{name}": first + count + number for number, name in enumerate(self._structs)}
        self._ids["upids"] = first + 2 * count
        for name, members in self._structs.items():
            self._add(
                name,
                STRUCT,
                len(members),
                SIZES.get(name, 4096),
                b"".join(self._member(*one) for one in members.items()),
                name,
            )
        for name in self._structs:
            self._add(f"*{name}", PTR, 0, self._ids[name], b"")
        self._add("upids", ARRAY, 0, 0, struct.pack("<III", self._ids.get("upid", 0), self._ids["u32"], 0))
        types = b"".join(self._types)
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(self._strings))
        return header + types + bytes(self._strings)

    def _member(self, name: str, where: tuple[str, int]) -> bytes:
        kind, offset = where
        width = 3 << 24 if name in self._bitfields else 0
        shown = "" if name.startswith(".") else name
        return struct.pack("<III", self._text(shown), self._ids[kind], width | offset * 8)

    def _add(self, key: str, kind: int, members: int, size: int, rest: bytes, name: str = "") -> None:
        has_bitfields = 1 << 31 if kind == STRUCT and self._bitfields else 0
        self._types.append(struct.pack("<III", self._text(name), has_bitfields | kind << 24 | members, size) + rest)
        self._ids[key] = len(self._types)

    def _text(self, name: str) -> int:
        if not name:
            return 0
        at = self._strings.find(b"\0" + name.encode() + b"\0")
        if at < 0:
            at = len(self._strings) - 1
            self._strings += name.encode() + b"\0"
        return at + 1
