"""What the documents name exists: files, folders and modules; and the architecture names every folder of ours."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
OF_TODAY: Final = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
"""The list of changes also names what is gone."""

PARTS: Final = ("inspector", "dashboard", "static/dashboard", "bench", "tests")

CODE: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\]\(([^)#:]+)\)|(?:src|srcset)=\"([^\"]+)\"")
FILE: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|js|mjs|cjs|css|html|md|toml|jsonc|json|po)")
FOLDER: Final = re.compile(r"(?:inspector|dashboard|static|bench|tests|docs|locale|templates)(?:/[\w.-]+)*/?")
MODULE: Final = re.compile(r"(?:inspector|dashboard|tests|bench)(?:\.\w+)+")
MADE: Final = frozenset(
    ("daemon.json", "config.json", "config.v2.json", "hostconfig.json", "containers.json", "state.json")
)
"""Files of other programs."""

FOLDERS_OF_OTHERS: Final = frozenset(("__pycache__", "commands", "migrations"))


def exists(name: str) -> bool:
    """Whether a file or folder is there: below the root, or, for a name without its folder, anywhere of ours."""
    if (ROOT / name).exists():
        return True
    return any(next((ROOT / part).rglob(name), None) is not None for part in (*PARTS, "static"))


def names_in(document: Path) -> set[str]:
    """The files and folders that a document names in code spans and commands."""
    text = document.read_text()
    words = {word for span in CODE.findall(text) for word in span.split()}
    return {word for word in words if FILE.fullmatch(word) or FOLDER.fullmatch(word)}


def folders() -> set[str]:
    """The folders of ours that hold modules, as paths below the root."""
    found = {path.parent for part in PARTS[:3] for kind in ("py", "js") for path in (ROOT / part).rglob(f"*.{kind}")}
    return {str(path.relative_to(ROOT)) for path in found if path.name not in FOLDERS_OF_OTHERS}


@pytest.mark.parametrize("document", OF_TODAY, ids=lambda path: path.name)
def test_every_file_and_folder_that_a_document_names_exists(document: Path) -> None:
    assert {name for name in names_in(document) - MADE if not exists(name)} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    targets = {first or second for first, second in LINK.findall(document.read_text())}
    assert {target for target in targets if not (document.parent / target).exists()} == set()


@pytest.mark.parametrize("document", OF_TODAY, ids=lambda path: path.name)
def test_every_module_that_a_document_names_exists(document: Path) -> None:
    named = {name for name in MODULE.findall(document.read_text()) if not FILE.fullmatch(name)}
    assert {name for name in named if not is_module(name)} == set()


def is_module(name: str) -> bool:
    """Whether this is a module, something in a module, or one of Django's permissions (``inspector.view_host``)."""
    package, _, last = name.rpartition(".")
    return find_spec(package) is not None and (
        find_spec(name) is not None or re.search(rf"\b{last}\b", source_of(package)) is not None or "_" in last
    )


def source_of(module: str) -> str:
    spec = find_spec(module)
    return Path(spec.origin).read_text() if spec and spec.origin else ""


def test_the_architecture_names_every_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = {word.strip("/") for span in CODE.findall(text) for word in span.split()}
    known = named | {f"{part}/{name}" for part in PARTS[:3] for name in named} | set(PARTS)
    assert folders() - known == set()
