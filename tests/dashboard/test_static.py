"""Static files go out under hashed names, with every import of a module rewritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

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
