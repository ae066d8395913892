"""Dropping root: the account of the server when a person starts Isoscope with sudo."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """An account of this machine; ids as in passwd(5)."""

    name: str
    uid: int
    gid: int
    home: str


def account_behind(environ: Mapping[str, str]) -> Account | None:
    """The account that owns the files and runs the server, if we are root: ``ISOSCOPE_USER``, else sudo's caller.

    :return: ``None`` where we are not root, or only root asked.
    :raises KeyError: ``ISOSCOPE_USER`` names no account.
    """
    if os.geteuid() != 0:
        return None
    if environ.get("ISOSCOPE_USER"):
        entry = pwd.getpwnam(environ["ISOSCOPE_USER"])
    elif environ.get("SUDO_UID", "0") != "0":
        entry = pwd.getpwuid(int(environ["SUDO_UID"]))
    else:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def become(account: Account) -> None:
    """Drop root for good: groups, then real, effective and saved ids; see credentials(7).

    :raises OSError: the kernel refused, or root could be regained.
    """
    os.initgroups(account.name, account.gid)
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
    os.environ.update(HOME=account.home, USER=account.name, LOGNAME=account.name)
    if account.uid != 0 and os.getresuid() != (account.uid,) * 3:
        raise OSError("root was not given up")
