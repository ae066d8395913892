"""Imports go one way, and the layers that shall know no Django know none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PURE = {
    *("namespaces", "types", "errors", "changes", "checksum", "frames", "gaps"),
    *("chains", "chains_kept", "runtimes", "sharing", "tree", "rhythm"),
    *("comparison", "comparison_text", "sides", "differences", "findings", "folding", "report"),
    *("feed", "feed_text"),
}
IMPURE = {"os", "socket", "subprocess", "time", "sqlite3", "threading", "pathlib", "shutil", "random"}
BELOW = ("inspector.collect", "inspector.types", "inspector.namespaces", "inspector.errors")
WITHOUT_DJANGO = PURE | {"scan", "look", "picture", "fleet", "ear", "agent", "spool", "moments"}


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize("path", modules("inspector"), ids=str)
def test_the_inspector_never_imports_the_dashboard(path: Path) -> None:
    assert "dashboard" not in tops(path)


@pytest.mark.parametrize("path", modules("inspector/collect"), ids=str)
def test_collectors_know_no_django_and_only_the_facts(path: Path) -> None:
    assert not tops(path) & {"django", "channels", "ninja"}
    ours = {name for name in imports_of(path) if name.startswith("inspector.")}
    assert {name for name in ours if not name.startswith(BELOW)} == set()


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_modules_touch_no_host_no_clock_and_no_database(name: str) -> None:
    assert not tops(ROOT / "inspector" / f"{name}.py") & (IMPURE | {"django", "psutil", "docker"})


@pytest.mark.parametrize("name", sorted(WITHOUT_DJANGO))
def test_what_runs_on_a_host_without_a_database_knows_no_django(name: str) -> None:
    assert "django" not in tops(ROOT / "inspector" / f"{name}.py")


def test_namespaces_import_nothing_of_ours() -> None:
    assert "inspector" not in tops(ROOT / "inspector" / "namespaces.py")
