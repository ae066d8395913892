"""Whether a namespace without a kernel id is still the one of the last scan. Its processes are the witnesses."""

from __future__ import annotations

from pathlib import Path

from inspector.agent.collect.nsfs import NsfsFile, ScannedNamespace
from inspector.agent.collect.procfs import parse_stat
from inspector.agent.scan.namespace_table import above
from inspector.agent.scan.process_table import ProcessTable
from inspector.agent.scan.read_processes import ScannedProcess
from inspector.errors import MalformedProc


class NamespaceWitnesses:
    """Finds out whether an inode still belongs to the namespace it belonged to at the last scan.

    It does if a process that lived in the namespace still does: then the namespace was never empty in between. Ask
    while a descriptor on the namespace is open, so that the kernel cannot give its inode to another one.

    :param proc: where it is checked that a process is still there.
    """

    def __init__(self, proc: str, table: ProcessTable) -> None:
        self._proc = proc
        self._table = table
        self._by_file = {namespace.file: namespace for namespace in table.namespaces if namespace.ns_id is None}

    def find_same(self, file: NsfsFile) -> ScannedNamespace | None:
        """The namespace of the last scan; ``None`` where there was none, or it may be another one now."""
        namespace = self._by_file.get(file)
        return namespace if namespace is not None and self._is_same(namespace) else None

    def _is_same(self, namespace: ScannedNamespace) -> bool:
        members = (process for process in self._table.scanned.values() if namespace in process.namespaces)
        if any(self._still_lives_in(process, namespace.file) for process in members):
            return True
        return any(self._is_same(below) for below in self._table.namespaces if namespace in above(below))

    def _still_lives_in(self, scanned: ScannedProcess, file: NsfsFile) -> bool:
        assert scanned.process is not None
        folder = f"{self._proc}/{scanned.process.pid}"
        try:
            if str(Path(folder, "ns", file.kind).readlink()) != f"{file.kind}:[{file.inode}]":
                return False
            with open(f"{folder}/stat", "rb") as stat:
                return parse_stat(stat.read()).start_ticks == scanned.process.start_ticks
        except (OSError, MalformedProc):
            return False
