"""Linux namespaces: the eight types, the links under ``/proc/<pid>/ns``, and what identifies a namespace.

An inode number does not identify a namespace: the kernel reuses it at once. Since Linux 6.18 every
namespace answers ``ioctl(NS_GET_ID)`` with a 64-bit number that is never used again while the host is up; before
that the best identity is the inode together with the start of the oldest process seen inside.
See namespaces(7), ioctl_nsfs(2) and ``include/uapi/linux/nsfs.h``.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

NamespaceType = Literal["mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"]

TYPES: Final[tuple[NamespaceType, ...]] = get_args(NamespaceType)

NESTING: Final[frozenset[NamespaceType]] = frozenset(("pid", "user"))
"""The types whose namespaces have a parent (pid_namespaces(7), user_namespaces(7))."""


def short_boot(boot_id: str) -> str:
    """The first eight hex digits of ``/proc/sys/kernel/random/boot_id``: the part that keys contain."""
    return boot_id.replace("-", "")[:8]


def parse_link(target: str) -> tuple[str, int]:
    """Split a link target such as ``net:[4026532184]`` into its type and inode number.

    :raises ValueError: the text is not of that form.

    See namespaces(7), "The /proc/pid/ns/ directory". No I/O.
    """
    kind, bracket, rest = target.partition(":[")
    if not bracket or not rest.endswith("]"):
        raise ValueError(f"not a namespace link: {target!r}")
    return kind, int(rest[:-1])


def namespace_key(boot_id: str, kind: NamespaceType, ns_id: int) -> str:
    """Identity where the kernel gives ``ns_id``: never reused while this boot lasts."""
    return f"{short_boot(boot_id)}:{kind}:{ns_id}"


def fallback_key(boot_id: str, kind: NamespaceType, device: int, inode: int, oldest_start: int) -> str:
    """Identity on older kernels: the inode on its device, and ``oldest_start`` to distinguish it from its successors.

    :param oldest_start: start, in clock ticks since boot, of the oldest process seen inside.
    """
    return f"{short_boot(boot_id)}:{kind}:{device}.{inode}@{oldest_start}"


def type_of(key: str) -> NamespaceType:
    """The type that a namespace key of either form names.

    :raises ValueError: not a namespace key.
    """
    for kind in TYPES:
        if f":{kind}:" in key:
            return kind
    raise ValueError(f"not a namespace key: {key!r}")
