"""The capabilities of the kernel, by number. See capabilities(7) and ``include/uapi/linux/capability.h``. Pure."""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)  # fmt: skip
"""The name of each capability, without ``CAP_``, in the order of their numbers."""

SETS: Final = ("effective", "permitted", "inheritable", "bounding", "ambient")
"""The sets that a process has, as :class:`inspector.facts.types.Confinement` calls them."""

ALL: Final = (1 << len(NAMES)) - 1


def names_of(capabilities: int) -> list[str]:
    """The names of a set, in the order of their numbers. One that has no name here is called by its number."""
    numbers = (number for number in range(capabilities.bit_length()) if capabilities >> number & 1)
    return [NAMES[number] if number < len(NAMES) else str(number) for number in numbers]


def say(capabilities: int) -> str:
    """A set as a person reads it: ``none``, ``all``, names, or ``all but`` the few that are missing."""
    missing = names_of(ALL & ~capabilities)
    if not capabilities or not missing:
        return "all" if capabilities else "none"
    held = names_of(capabilities)
    return " ".join(held) if len(held) <= 2 * len(missing) else f"all but {' '.join(missing)}"
