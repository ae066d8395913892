"""What an installation may have besides: a package that an extra brings."""

from __future__ import annotations

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured


def need(module: str, extra: str) -> None:
    """:raises ImproperlyConfigured: the extra is not installed; says how to get it."""
    if find_spec(module) is None:
        raise ImproperlyConfigured(f"{extra} needs a package that is not installed: pip install 'isoscope[{extra}]'")
