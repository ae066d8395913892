"""Which processes are the programs of container engines: by their executable and their user, not by their name.

Anybody may start a program under any name (``exec -a conmon …``). ``/proc/<pid>/exe`` and the owner of that file
tell. See proc_pid_exe(5).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from inspector.agent.scan.runtimes import folder_of, is_monitor, program_of, role_of, role_of_program
from inspector.facts.types import Process, Role

_DELETED: Final = " (deleted)"  # the file was replaced by an update
_ROOT: Final = 0


class Programs:
    """Tells the role of engines' programs, and keeps what it found for as long as they run.

    :param proc: ``/proc``, or a captured tree.
    """

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._known: dict[tuple[str, tuple[str, ...]], Role | None] = {}
        self._still: dict[tuple[str, tuple[str, ...]], Role | None] = {}

    def begin_full_scan(self) -> None:
        """Forget the programs that the last full scan did not ask for."""
        self._known, self._still = self._still, {}

    def role_of(self, process: Process) -> Role | None:
        """The role that the process has by its name, if it is that program. Cost: one readlink, once a program."""
        role = role_of(process)
        if role is None:
            return None
        key = (process.key, process.cmdline)
        if key not in self._still:
            self._still[key] = self._known[key] if key in self._known else self._confirm(process, role)
        return self._still[key]

    def _confirm(self, process: Process, role: Role) -> Role | None:
        try:
            path = Path(f"{self._proc}/{process.pid}/exe")
            program = str(path.readlink()).removesuffix(_DELETED).rpartition("/")[2]
        except OSError:
            return role if process.uid in (None, _ROOT) else None  # without rights, or of a captured tree
        if not is_same_program(program, program_of(process), role):
            return role if process.uid == _ROOT and process.container is None and not is_monitor(role) else None
        return role if role != "shim" or self._is_installed(path, process) else None

    def _is_installed(self, path: Path, process: Process) -> bool:
        """Whether the file is root's, or its user's own and at work: an engine may be installed at home."""
        try:
            owner = path.stat().st_uid
        except OSError:
            return process.uid == _ROOT
        return owner == _ROOT or (owner == process.uid and self._has_bundle(process))

    def _has_bundle(self, process: Process) -> bool:
        folder = folder_of(process)
        place = f"root{folder}" if folder else "cwd"
        try:
            return Path(f"{self._proc}/{process.pid}/{place}/config.json").stat().st_uid == process.uid
        except OSError:
            return False


def is_same_program(executable: str, name: str, role: Role) -> bool:
    """Whether an executable of this file name is the program of that name.

    Several programs in one file (``balena-engine``, ``k3s``) are known by it.
    """
    return executable == name or role_of_program(executable) == role or executable in MULTIPLE.get(role, ())


MULTIPLE: Final[dict[Role, tuple[str, ...]]] = {
    "daemon": ("balena-engine", "docker"),
    "manager": ("balena-engine", "k3s", "k3s-server", "rke2"),
    "shim": ("balena-engine", "lxc-start", "lxc-execute", "lxd", "incusd", "forklxc"),
    "proxy": ("balena-engine", "rootlesskit-docker-proxy"),
}
"""The files that hold several programs, and are started by the name of one."""
