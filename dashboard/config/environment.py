"""Typed readers of the settings that come from the environment. A bad value is refused at start, by name."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from inspector.history.retention.policy import Policy, parse_policy, parse_size


def read_text(name: str, default: str) -> str:
    """The value as it is. An empty one counts as unset."""
    return os.environ.get(name, "") or default


def read_bool(name: str, default: bool) -> bool:
    """``1 true yes on`` or ``0 false no off``, in any case."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in words:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes 1 or 0")
    return words[value]


def read_number(name: str, default: float, least: float, most: float) -> float:
    """A number between ``least`` and ``most``."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a number") from None
    if not least <= number <= most:  # also refuses nan
        raise ImproperlyConfigured(f"{name} is {value}; it takes a number from {least:g} to {most:g}")
    return number


def read_policy(name: str, default: str) -> Policy:
    """How long history is kept: tiers such as ``48h:all,14d:1h,365d:1d``."""
    try:
        return parse_policy(os.environ.get(name, "").strip() or default)
    except (ValueError, OverflowError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def read_size(name: str, default: int) -> int:
    """Bytes, such as ``500M`` or ``20G``."""
    value = os.environ.get(name, "").strip()
    try:
        return parse_size(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def read_list(name: str, default: list[str]) -> list[str]:
    """Words separated by commas."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] or default


def read_path(name: str, default: Path) -> Path:
    """A path, made absolute; ``~`` is the home of the user who runs this."""
    value = os.environ.get(name, "")
    return Path(value).expanduser().absolute() if value else default
