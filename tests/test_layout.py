"""Folders have few modules each, and no test imports from another."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST = 17
"""Modules in one folder: about fifteen; more of them is a cupboard."""

OURS = ("inspector", "dashboard", "static/dashboard", "bench")
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def modules() -> list[Path]:
    found = [path for folder in OURS for suffix in ("py", "js") for path in (ROOT / folder).rglob(f"*.{suffix}")]
    return [path.relative_to(ROOT) for path in found if path.name != "__init__.py"]


def imports_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_no_folder_has_too_many_modules() -> None:
    crowded = {
        str(folder): count for folder, count in Counter(path.parent for path in modules()).items() if count > MOST
    }
    assert crowded == {}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_from_a_test(path: Path) -> None:
    assert {name for name in imports_of(path) if name.split(".")[-1].startswith("test_")} == set()
