"""The version of this Isoscope."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def read_version() -> str:
    try:
        return version("isoscope")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = read_version()
