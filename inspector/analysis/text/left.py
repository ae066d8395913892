"""A container left behind, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inspector.analysis.text.escape import Rule, plain
from inspector.facts.namespaces import NamespaceType

WORDS: Final[Mapping[str, str]] = {"net": "network namespace", "ipc": "IPC namespace", "pid": "PID namespace"}


def say_left(kind: NamespaceType | None, other: str, rule: Rule = plain) -> str:
    """ "in a network namespace that web has left"."""
    return f"in {'an' if kind == 'ipc' else 'a'} {WORDS.get(kind or '', 'namespace')} that {rule(other)} has left"
