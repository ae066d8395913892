"""Folders that may belong to another account, as root uses them.

The owner of a folder can put a symbolic link, a hard link, a FIFO or another folder into it at any moment, also
between a check and the use of what was checked. So root opens such a folder once, by descriptor, and then acts in it
**with the rights of its owner**, which the kernel holds for each thread (setfsuid(2), credentials(7)). Whatever the
owner puts there then leads nowhere that the owner could not go. What root makes there belongs to the owner at once.

Further checks report what is wrong, and keep root from waiting for a FIFO or reading without end.
Where we are not root, or the folder is root's, everything is opened as usual.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, Self

MOST_BYTES: Final = 2**16
"""The most bytes of a small file: no key, token, address or machine id is larger."""

_MOST_LINKS: Final = 40  # as the kernel has it; see path_resolution(7)
_SIDES: Final = ("", "-wal", "-shm", "-journal")  # the files of one SQLite database
_NO_GROUP: Final = 65534
_LIBC: Final = ctypes.CDLL(None)


class UnsafeFile(OSError):
    """What is found under a name is not the plain file or folder that it should be. Nothing was read or written."""


class Owner(NamedTuple):
    """Numbers as in passwd(5)."""

    uid: int
    gid: int


CALLER: Final = Owner(os.geteuid(), os.getegid())
"""The account that this process started as."""


class OwnedFolder:
    """A folder that is open by descriptor, independent of its path. Made by :func:`open_folder`."""

    def __init__(self, path: Path, number: int) -> None:
        found = os.fstat(number)
        self.path, self.number = path, number
        self.owner = Owner(found.st_uid, _group_of(found))
        self.is_foreign = os.geteuid() == 0 and found.st_uid != 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptor; a second call does nothing."""
        if self.number >= 0:
            os.close(self.number)
        self.number = -1

    def acting(self) -> contextlib.AbstractContextManager[None]:
        """Within the block this thread has the owner's rights; in a folder of our own, those we started with."""
        return acting_as(self.owner if self.is_foreign else CALLER)

    def place(self, name: str) -> str:
        """A path that leads through the descriptor; see proc_pid_fd(5)."""
        return f"/proc/self/fd/{self.number}/{name}"

    def open(self, name: str) -> IO[bytes]:
        """A file to read.

        :raises OSError: it cannot be opened; :class:`UnsafeFile`, where it is no plain file of the owner's.
        """
        with self.acting():
            return os.fdopen(self._open(name, os.O_RDONLY | (os.O_NOFOLLOW if self.is_foreign else 0)), "rb")

    def read(self, name: str, most: int = MOST_BYTES) -> str:
        """The text of a small file.

        :raises OSError: as :meth:`open` does, or it is larger than ``most`` bytes.
        """
        with self.open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise UnsafeFile(errno.EFBIG, f"it has more than {most} bytes", str(self.path / name))
        return data.decode(errors="replace")

    def open_private(self, name: str) -> int:
        """The descriptor of a file to read and write, which is made for its owner alone where it is missing.

        :raises OSError: as :meth:`open` does; no link is followed, wherever the folder is.
        """
        with self.acting():
            return self._open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)

    def database(self, name: str) -> str:
        """The path of an SQLite database, for the block of :meth:`acting`. SQLite itself follows no link to a file.

        :raises OSError: the database or a file beside it is not plain.
        """
        for side in _SIDES:
            with self.acting(), contextlib.suppress(FileNotFoundError):
                self._refuse(os.lstat(self.place(name + side)), name + side)
        return self.place(name)

    @contextlib.contextmanager
    def writing(self, name: str, mode: int = 0o600) -> Iterator[IO[bytes]]:
        """A new file that gets its name once it is complete. The block runs with the rights it had before."""
        draft = f".{name}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self.acting():
            number = os.open(draft, flags, mode, dir_fd=self.number)
        try:
            with os.fdopen(number, "wb") as file:
                yield file
            with self.acting():
                self.rename(draft, name)
        except BaseException:
            self.remove(draft)
            raise

    def write(self, name: str, text: str) -> None:
        """Write a small file that only its owner can read, completely or not at all."""
        with self.writing(name) as file:
            file.write(text.encode())

    def rename(self, name: str, to: str) -> None:
        """See rename(2). A link under either name is renamed or replaced itself."""
        with self.acting():
            os.rename(name, to, src_dir_fd=self.number, dst_dir_fd=self.number)

    def remove(self, *names: str) -> None:
        """Remove files; those that are missing do not matter."""
        for name in names:
            with self.acting(), contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self.number)

    def make(self, name: str, owner: Owner | None = None) -> None:
        """Make a folder for its owner alone. In a folder of ours it is given to ``owner``."""
        with self.acting():
            os.mkdir(name, 0o700, dir_fd=self.number)
        if owner is not None and os.geteuid() == 0 and not self.is_foreign:
            made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.number)
            with contextlib.closing(OwnedFolder(self.path / name, made)) as folder:
                if folder.owner.uid == 0:
                    os.fchown(made, *owner)

    def _open(self, name: str, flags: int) -> int:
        """Open without waiting, and refuse what is not plain."""
        try:
            number = os.open(name, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600, dir_fd=self.number)
        except OSError as error:
            raise self._explained(error, name) from None
        try:
            self._refuse(os.fstat(number), name)
        except UnsafeFile:
            os.close(number)
            raise
        os.set_blocking(number, True)
        return number

    def _explained(self, error: OSError, name: str) -> OSError:
        if error.errno == errno.ELOOP:
            return UnsafeFile(error.errno, "it is a symbolic link", str(self.path / name))
        if error.errno == errno.ENXIO:
            return UnsafeFile(error.errno, "it is no plain file", str(self.path / name))
        return type(error)(error.errno, error.strerror, str(self.path / name))

    def _refuse(self, found: os.stat_result, name: str) -> None:
        """:raises UnsafeFile: not a plain file of the owner's. In a folder of our own it may be anything."""
        if not self.is_foreign:
            return
        at = str(self.path / name)
        if not stat.S_ISREG(found.st_mode):
            raise UnsafeFile(errno.EINVAL, f"it is {_kind(found.st_mode)}", at)
        if found.st_nlink > 1:
            raise UnsafeFile(errno.EMLINK, "it has other names too (hard links)", at)
        if found.st_uid != self.owner.uid:
            raise UnsafeFile(errno.EPERM, f"it belongs to {_name(found.st_uid)}, its folder to {self._whose}", at)

    @property
    def _whose(self) -> str:
        return _name(self.owner.uid)


def open_folder(path: Path, owner: Owner | None = None) -> OwnedFolder:
    """Open a folder.

    :param owner: as root: the account that has to own it.
    :raises OSError: it cannot be opened.
    :raises UnsafeFile: it is another's, or a link of another's leads there.
    """
    with acting_as(CALLER):
        number, links = _walk(path.absolute()) if os.geteuid() == 0 else (os.open(path, _FOLDER), frozenset())
    folder = OwnedFolder(path, number)
    try:
        _refuse_strangers(folder, links, owner)
    except UnsafeFile:
        folder.close()
        raise
    return folder


def make_folder(path: Path, owner: Owner | None = None) -> OwnedFolder:
    """Open a folder. It and those above it are made where they are missing; see :func:`open_folder`."""
    path = path.absolute()
    _make_missing(path, owner)
    return open_folder(path, owner)


def _make_missing(path: Path, owner: Owner | None) -> None:
    with contextlib.suppress(FileNotFoundError):
        return open_folder(path).close()
    _make_missing(path.parent, owner)
    with open_folder(path.parent) as parent, contextlib.suppress(FileExistsError):
        parent.make(path.name, owner)
    return None


def open_given(path: Path) -> IO[bytes]:
    """A file to read that somebody named: with the caller's rights, or, in a folder of another's, with the owner's.

    :raises OSError: as :meth:`OwnedFolder.open` does.
    """
    with open_folder(path.absolute().parent) as folder:
        return folder.open(path.name)


@contextlib.contextmanager
def acting_as(owner: Owner) -> Iterator[None]:
    """Let this thread open, make and remove files with the rights of ``owner``; nothing changes unless we are root.

    Only rights to files change; see setfsuid(2). The groups of root are dropped, for the whole process: root needs
    none of them, and the owner must not have them.

    :raises PermissionError: the kernel does not let this root act as another account.
    """
    before = _file_rights()
    if os.geteuid() != 0 or before == owner:
        yield
        return
    _take_rights(owner)
    try:
        yield
    finally:
        _take_rights(before)


def owner_of(path: Path) -> Owner | None:
    """The owner of a folder, if we are root and it is another's; ``None`` also if there is no folder yet.

    :raises UnsafeFile: a symbolic link of a third account's leads there.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), open_folder(path) as folder:
        return folder.owner if folder.is_foreign else None
    return None


def act_for_owner(path: Path) -> None:
    """As root: this thread, and those that it starts, use files with the rights of the folder's owner.

    Database and static files are opened by their paths, which that account can make lead anywhere. A program that is
    started from here is root again, and has to call this too.
    """
    if owner := owner_of(path):
        _take_rights(owner)


def _take_rights(owner: Owner) -> None:
    with contextlib.suppress(PermissionError):  # without CAP_SETGID the next call changes nothing, and that is seen
        if os.getgroups():
            os.setgroups([])
    _LIBC.setfsgid(owner.gid)
    _LIBC.setfsuid(owner.uid)
    if _file_rights() != owner:
        raise PermissionError(errno.EPERM, f"root may not act as {_name(owner.uid)} here")


def _file_rights() -> Owner:
    """The ids whose rights this thread has: a call with an invalid id changes nothing and returns the current one."""
    return Owner(_LIBC.setfsuid(-1), _LIBC.setfsgid(-1))


_FOLDER: Final = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_STEP: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


def _walk(path: Path) -> tuple[int, frozenset[int]]:
    """The descriptor of a folder, reached step by step, and the accounts whose symbolic links were followed.

    :raises OSError: as open(2) does.
    """
    number, links = os.open("/", _FOLDER), set[int]()
    steps, followed = _steps(str(path)), 0
    try:
        while steps:
            step = os.open(steps.pop(), _STEP, dir_fd=number)
            found = os.fstat(step)
            if not stat.S_ISLNK(found.st_mode):
                os.close(number)
                number = step
                continue
            links.add(found.st_uid)
            target, followed = os.readlink("", dir_fd=step), followed + 1
            os.close(step)
            if followed > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            steps += _steps(target)
            if target.startswith("/"):
                os.close(number)
                number = os.open("/", _FOLDER)
        if not stat.S_ISDIR(os.fstat(number).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    except OSError as error:
        os.close(number)
        raise type(error)(error.errno, error.strerror, str(path)) from None
    return number, frozenset(links)


def _steps(path: str) -> list[str]:
    """The steps of a path, the last one first."""
    return [step for step in reversed(path.split("/")) if step]


def _refuse_strangers(folder: OwnedFolder, links: frozenset[int], owner: Owner | None) -> None:
    """:raises UnsafeFile: the folder has the wrong owner, or another account's link leads there."""
    if os.geteuid() != 0:
        return
    if owner is not None and owner.uid != folder.owner.uid:
        said = f"it belongs to {_name(folder.owner.uid)}, not to {_name(owner.uid)}"
        raise UnsafeFile(errno.EPERM, said, str(folder.path))
    for uid in sorted(links - {0, folder.owner.uid}):
        said = f"a symbolic link of {_name(uid)} leads there, and it belongs to {_name(folder.owner.uid)}"
        raise UnsafeFile(errno.ELOOP, said, str(folder.path))


def _group_of(found: os.stat_result) -> int:
    """The owner's own group. The group of the folder may be root's, whose files the owner must not read."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(found.st_uid).pw_gid
    return found.st_gid or _NO_GROUP


def _name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"uid {uid}"


def _kind(mode: int) -> str:
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO"}
    return kinds.get(stat.S_IFMT(mode), "no plain file")
