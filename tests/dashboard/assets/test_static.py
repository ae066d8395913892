"""Static files go out under hashed names, with every import of a module rewritten."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest
from django.core.management import call_command
from django.test import override_settings

from dashboard.assets.preload import IMPORT, modules_of
from dashboard.assets.storage import strip_comments
from tests.support.running import ROOT

STORAGES = {"staticfiles": {"BACKEND": "dashboard.assets.storage.ModuleStorage"}}


def collect(folder: Path) -> Path:
    with override_settings(STATIC_ROOT=folder, STORAGES=STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is served as a rule."""
    return collect(tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is served where the modules cannot be packed: there is no esbuild."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.assets.storage.pack_modules", dict)
        return collect(tmp_path_factory.mktemp("single"))


def modules_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("dashboard/**/*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]


def test_every_module_imports_hashed_names_that_exist(packed: Path, single: Path) -> None:
    assert len(modules_in(single)) > 50
    for module in [*modules_in(packed), *modules_in(single)]:
        static = re.findall(r"""^\s*(?:import|export)[^;]*?from\s*"(\.[^"]+)";""", module.read_text(), re.M | re.S)
        for target in [*static, *re.findall(r"""\bimport\("([^"]+)"\)""", module.read_text())]:
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), f"{module.name} imports {target}"
            assert (module.parent / target).resolve().exists(), f"{module.name} imports {target}"


def test_the_page_and_its_workers_are_one_file_each(packed: Path) -> None:
    entries = [path for path in modules_in(packed) if re.match(r"main\.|worker\.", path.name)]
    assert {"dashboard", "layout", "picture"} == {path.parent.name for path in entries}
    for entry in entries:
        assert not IMPORT.findall(entry.read_bytes())


def test_a_module_comes_without_its_comments_and_means_the_same(single: Path) -> None:
    node = shutil.which("node")
    for module in modules_in(single):
        assert "@param" not in module.read_text()
        if node:
            subprocess.run([node, "--check", module], check=True)


def test_only_comments_are_taken_from_a_module() -> None:
    module = b'/** What {@link a}\n * does. */\nconst glob = "src/**/*.js"; /** @type {any} */ (a) / 2;\n'
    assert strip_comments(module) == b'const glob = "src/**/*.js"; (a) / 2;\n'


def test_every_static_file_that_the_pages_name_is_there(packed: Path) -> None:
    manifest = json.loads((packed / "staticfiles.json").read_text())["paths"]
    for template in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r"\{% static '([^']+)' %\}", template.read_text()):
            assert (packed / manifest[name]).exists(), f"{template.name} names {name}"


def test_what_is_sent_is_there_compressed_too(packed: Path) -> None:
    for suffix, unpack in ((".gz", gzip.decompress), (".br", brotli.decompress)):
        [small] = packed.glob(f"dashboard/main.*.js{suffix}")
        assert unpack(small.read_bytes()) == small.with_suffix("").read_bytes()


def test_the_page_asks_at_once_for_every_module_it_imports() -> None:
    modules = modules_of("dashboard/main.js")
    assert {"dashboard/main.js", "dashboard/views/graph/scene/scene.js", "vendor/d3.js"} <= set(modules)
    for module in modules:
        code = strip_comments((ROOT / "static" / module).read_bytes())
        for target in IMPORT.findall(code):
            path = (ROOT / "static" / module).parent / target.decode()
            assert str(path.resolve().relative_to(ROOT / "static")) in modules
    assert len(set(modules)) == len(modules)


def test_the_style_sheets_are_one_file_or_import_hashed_names_that_exist(packed: Path, single: Path) -> None:
    [whole] = packed.glob("dashboard/styles/main.*.css")
    assert "@import" not in whole.read_text()
    [main] = single.glob("dashboard/styles/main.*.css")
    names = re.findall(r"@import (?:url\()?\"([^\"]+)\"", main.read_text())
    assert len(names) == len(list((ROOT / "static/dashboard/styles").glob("**/*.css"))) - 1
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.css$", name)
        assert (main.parent / name).resolve().exists(), name
