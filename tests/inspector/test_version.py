"""The version is said in one place for people and programs, and versions compare as their numbers do."""

from __future__ import annotations

import tomllib

import pytest

from inspector.version import VERSION, age_of
from tests.support.running import ROOT


def test_the_version_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize(
    ("version", "age"),
    [
        ("", "older"),
        ("0.0.9", "older"),
        ("0.1", "older"),
        (VERSION, "same"),
        (f"{VERSION}+deb12", "same"),
        ("0.1.10", "newer"),
        ("0.2.0", "newer"),
        ("10.0", "newer"),
        ("x", "older"),
        ("9" * 64, "newer"),
    ],
)
def test_versions_compare_by_their_numbers(version: str, age: str) -> None:
    assert age_of(version) == age
