"""Typed readers of the settings that come from the environment. An invalid value is refused at start, by name."""

from __future__ import annotations

import difflib
import ipaddress
import os
import pwd
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from inspector.agent.collect.masking.team import Patterns, parse_patterns
from inspector.history.retention.policy import Policy, parse_policy, parse_size

PREFIX: Final = "ISOSCOPE_"

names: Final = {"ISOSCOPE_TOKEN", "ISOSCOPE_USER"}
"""Every known variable: these two, which commands read, and those that were read here."""

_OF_KUBERNETES: Final = re.compile(r"ISOSCOPE_(SERVICE|PORT)(_.*)?")
"""What Kubernetes sets in every container for a service named ``isoscope``."""


def refuse_unknown(environ: Iterable[str]) -> None:
    """Refuse a variable that nothing reads: it would be ignored silently.

    :raises ImproperlyConfigured: names the variable, and the one that is probably meant.
    """
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name not in names and not _OF_KUBERNETES.fullmatch(name):
            known = [one.removeprefix(PREFIX) for one in sorted(names)]
            near = difflib.get_close_matches(name[len(PREFIX) :].upper(), known, 1)
            advice = f"did you mean {PREFIX}{near[0]}?" if near else "unset it; docs/configuration.md lists them"
            raise ImproperlyConfigured(f"{name} is no variable of Isoscope: {advice}")


def _read(name: str) -> str:
    names.add(name)
    return os.environ.get(name, "")


def read_text(name: str, default: str) -> str:
    """The value as it is. An empty one counts as unset."""
    return _read(name) or default


SHORTEST_SECRET: Final = 16


def read_secret(name: str) -> str:
    """A token that is hard to guess; empty where it is unset. The refusal does not quote it."""
    value = _read(name).strip()
    if value and (len(value) < SHORTEST_SECRET or not value.isascii() or not value.isprintable() or " " in value):
        raise ImproperlyConfigured(f"{name} takes {SHORTEST_SECRET} characters or more, without spaces")
    return value


def read_bool(name: str, default: bool) -> bool:
    """``1 true yes on`` or ``0 false no off``, in any case."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    value = _read(name).strip().lower()
    if not value:
        return default
    if value not in words:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes 1 or 0")
    return words[value]


def read_number(name: str, default: float, least: float, most: float) -> float:
    """A number between ``least`` and ``most``."""
    value = _read(name).strip()
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a number") from None
    if not least <= number <= most:  # also refuses nan
        raise ImproperlyConfigured(f"{name} is {value}; it takes a number from {least:g} to {most:g}")
    return number


def read_choice(name: str, choices: Collection[str], default: str) -> str:
    """One of a few words."""
    value = _read(name).strip() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes {', '.join(choices)}")
    return value


def read_policy(name: str, default: str) -> Policy:
    """How long history is kept: tiers such as ``48h:all,14d:1h,365d:1d``."""
    try:
        return parse_policy(_read(name).strip() or default)
    except (ValueError, OverflowError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def read_size(name: str, default: int) -> int:
    """Bytes, such as ``500M`` or ``20G``."""
    value = _read(name).strip()
    try:
        return parse_size(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def read_mask(name: str) -> Patterns:
    """A team's own patterns of secrets, such as ``acme-pin= ACME-* vaultctl:-s``."""
    try:
        return parse_patterns(_read(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def read_list(name: str, default: list[str]) -> list[str]:
    """Words separated by commas."""
    value = _read(name)
    return [word.strip() for word in value.split(",") if word.strip()] or default


def read_origins(name: str) -> list[str]:
    """Origins separated by commas, such as ``https://isoscope.example.org``."""
    origins = read_list(name, [])
    for origin in origins:
        if not re.fullmatch(r"https?://[^/?#\s]+", origin):
            raise ImproperlyConfigured(
                f"{name} has {origin!r}; it takes origins such as https://isoscope.example.org"
            )
    return origins


def data_folder(root: Path) -> Path:
    """Where everything is written unless somebody chose: in a checkout ``var``, else in the user's own folder."""
    if (root / "pyproject.toml").exists():
        return root / "var"
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "0") == "0":
        return Path("/var/lib/isoscope")
    home = Path.home() if os.geteuid() else Path(pwd.getpwuid(int(os.environ["SUDO_UID"])).pw_dir)
    share = os.environ.get("XDG_DATA_HOME", "") if os.geteuid() else ""
    return (Path(share) if share.startswith("/") else home / ".local" / "share") / "isoscope"


class Address(NamedTuple):
    """Where people reach the server: ``https://ops.example.org/isoscope``."""

    scheme: str
    host: str  # without its port
    origin: str
    path: str  # "/isoscope"; empty: all of the site is ours

    @property
    def url(self) -> str:
        return self.origin + self.path


_URL: Final = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?((?:/[A-Za-z0-9._~-]+)*)/?")


def read_address(name: str) -> Address | None:
    """An address; ``None`` where it is unset."""
    value = _read(name).strip()
    if not value:
        return None
    found = _URL.fullmatch(value)
    if found is None or {".", ".."} & set(found[4].split("/")):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it takes an address such as https://ops.example.org/isoscope"
        )
    host, port = found[2].lower(), found[3] or ""
    return Address(found[1], host, f"{found[1]}://{host}{port}", found[4])


def read_folder(name: str, default: Path) -> Path:
    """A folder, which need not be there yet, made absolute; ``~`` is the home of the user who runs this."""
    value = _read(name)
    try:
        folder = Path(value).expanduser().absolute() if value else default
        is_other = folder.exists() and not folder.is_dir()
    except (OSError, RuntimeError) as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a folder: {error}") from None
    if is_other:
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not a folder")
    return folder


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(name: str) -> list[Network]:
    """Networks separated by commas, such as ``10.0.0.0/8``."""
    try:
        return [ipaddress.ip_network(text) for text in read_list(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}; it takes networks such as 10.0.0.0/8") from None


class MailServer(NamedTuple):
    """A server that takes e-mail, in the order of Django's settings."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def read_mail_server(name: str) -> MailServer:
    """``smtp://user:password@host:587`` (STARTTLS where there is a password), or ``smtps://…``; no host: none."""
    value = _read(name)
    if not value:
        return MailServer()
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} takes smtp://user:password@host:port") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(f"{name} takes smtp://user:password@host:port")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = parts.scheme == "smtps"
    return MailServer(
        parts.hostname, port or (465 if tls else 587 if user else 25), user, password, bool(user) and not tls, tls
    )
