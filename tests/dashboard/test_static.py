"""Static files go out under hashed names, with every import of a module rewritten."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from dashboard.preload import IMPORT, modules_of
from dashboard.storage import strip_comments
from tests.running import ROOT

STORAGES = {"staticfiles": {"BACKEND": "dashboard.storage.ModuleStorage"}}


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_every_module_imports_hashed_names_that_exist(collected: Path) -> None:
    modules = [path for path in collected.glob("dashboard/**/*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    assert len(modules) > 10
    for module in modules:
        for target in re.findall(
            r"""^\s*(?:import|export)[^;]*?from\s*"(\.[^"]+)";""", module.read_text(), re.M | re.S
        ):
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), f"{module.name} imports {target}"
            assert (module.parent / target).resolve().exists(), f"{module.name} imports {target}"


def test_a_module_comes_without_its_comments_and_means_the_same(collected: Path) -> None:
    modules = [path for path in collected.glob("dashboard/**/*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    for module in modules:
        assert "@param" not in module.read_text()
        node = shutil.which("node")
        if node:
            subprocess.run([node, "--check", module], check=True)


def test_only_comments_are_taken_from_a_module() -> None:
    module = b'/** What {@link a}\n * does. */\nconst glob = "src/**/*.js"; /** @type {any} */ (a) / 2;\n'
    assert strip_comments(module) == b'const glob = "src/**/*.js"; (a) / 2;\n'


def test_what_is_sent_is_there_compressed_too(collected: Path) -> None:
    [packed] = collected.glob("dashboard/main.*.js.gz")
    assert gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()


def test_the_page_asks_at_once_for_every_module_it_imports() -> None:
    modules = modules_of("dashboard/main.js")
    assert {"dashboard/main.js", "dashboard/scene.js", "vendor/d3.js"} <= set(modules)
    for module in modules:
        code = strip_comments((ROOT / "static" / module).read_bytes())
        for target in IMPORT.findall(code):
            path = (ROOT / "static" / module).parent / target.decode()
            assert str(path.resolve().relative_to(ROOT / "static")) in modules
    assert len(set(modules)) == len(modules)
