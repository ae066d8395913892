"""Dropping root: the account of the server when a person starts Isoscope with sudo."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.owned_folder import Owner, owner_of


@dataclass(frozen=True)
class Account:
    """An account of this machine; ids as in passwd(5)."""

    name: str
    uid: int
    gid: int
    home: str

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> Account:
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def account_behind(environ: Mapping[str, str], folder: Path) -> Account | None:
    """The account that owns the files and runs the server, if we are root.

    It is ``ISOSCOPE_USER``, else sudo's caller, else the owner of the data folder.

    :return: ``None`` where we are not root, or only root asked.
    :raises KeyError: ``ISOSCOPE_USER`` names no account.
    :raises UnsafeFile: a symbolic link of another account's leads to the folder.
    """
    if os.geteuid() != 0:
        return None
    if environ.get("ISOSCOPE_USER"):
        return Account.of(pwd.getpwnam(environ["ISOSCOPE_USER"]))
    if environ.get("SUDO_UID", "0") != "0":
        return Account.of(pwd.getpwuid(int(environ["SUDO_UID"])))
    owner = owner_of(folder)
    return owner and account_of(owner)


def account_of(owner: Owner) -> Account:
    """The account of these numbers, which may have no name here."""
    with contextlib.suppress(KeyError):
        return Account.of(pwd.getpwuid(owner.uid))
    return Account(str(owner.uid), owner.uid, owner.gid, "/")


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
