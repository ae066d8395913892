"""Sending a message: as a signed webhook, to an Alertmanager, or by e-mail."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import msgspec
import urllib3
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from dashboard.alerts import addresses
from dashboard.alerts.addresses import Refused
from dashboard.alerts.lines import Line
from dashboard.alerts.messages import AlertMessage
from dashboard.alerts.rules import AlertRule
from inspector.errors import IsoscopeError
from inspector.facts.moments import format_instant, parse_instant
from inspector.version import VERSION

PATIENCE: Final = urllib3.Timeout(connect=5, read=10)
"""Seconds for a connection, and for each part of an answer."""

LASTS: Final = timedelta(minutes=5)
"""An alert of Alertmanager that nothing ends is over after this; one that stands, after a day."""


class NotTaken(IsoscopeError):
    """The receiver did not take the message."""


def send(message: AlertMessage) -> None:
    """Send it.

    :raises NotTaken, Refused, OSError, urllib3.exceptions.HTTPError: it did not arrive.
    """
    lines = msgspec.convert(message.lines, list[Line])
    match message.rule.way:
        case AlertRule.Way.WEBHOOK:
            send_webhook(message, lines)
        case AlertRule.Way.ALERTMANAGER:
            body = msgspec.json.encode([alert_of(message.rule, line) for line in lines])
            post(message.rule.target.rstrip("/") + "/api/v2/alerts", body, {})
        case _:
            send_mail(message, lines)


def send_webhook(message: AlertMessage, lines: list[Line]) -> None:
    """Post JSON with the signature of moment and body: see ``docs/alerts.md``."""
    entries = msgspec.to_builtins(lines)
    told = {"id": message.pk, "rule": message.rule.name, "test": message.is_test, "more": message.more}
    body, at = msgspec.json.encode(told | {"entries": entries}), int(time.time())
    signed = hmac.new(message.rule.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Isoscope-Signature": f"t={at},v1={signed}", "X-Isoscope-Message": str(message.pk)}
    post(message.rule.target, body, headers)


def alert_of(rule: AlertRule, line: Line) -> dict[str, Any]:
    """An alert in the form of Alertmanager's API, version 2."""
    began = parse_instant(line.at)
    ends = began if line.ended else began + (timedelta(days=1) if rule.once else LASTS)
    labels = {"alertname": rule.name, "host": line.hostname, "machine_id": line.host, "key": line.key}
    return {
        "labels": labels | {"kind": line.key.partition(" ")[0], "container": line.where},
        "annotations": {"summary": line.sentence, "picture": line.picture},
        "startsAt": format_instant(began),
        "endsAt": format_instant(ends),
        "generatorURL": line.url,
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """POST JSON to the address that was checked. A redirect is not followed.

    :raises NotTaken: any answer but 2xx. :raises Refused: the URL leads where messages may not go.
    """
    parts = check_url(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pool = pool_of(parts.scheme, parts.hostname or "", port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": f"Isoscope/{VERSION}"}
    with pool:
        answer = pool.urlopen(
            "POST", path, body, sent | headers, retries=False, redirect=False, preload_content=False
        )
        answer.close()
    if not 200 <= answer.status < 300:
        raise NotTaken(f"the receiver answered {answer.status}")


def check_url(url: str) -> SplitResult:
    """The parts of a target.

    :raises Refused: it is no URL of HTTP, or has a user name, which would show in logs of others.
    """
    try:
        parts = urlsplit(url)
        usable = parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        raise Refused(f"{url[:100]!r} is no address") from None
    if not usable or parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused("a target is an address http://… or https://… without a user name")
    return parts


def pool_of(scheme: str, name: str, port: int) -> urllib3.HTTPConnectionPool:
    """A connection to an address of this name; its certificate has to be of the name."""
    address = addresses.resolve(name, port)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=PATIENCE, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address, port, timeout=PATIENCE, maxsize=1, server_hostname=name, assert_hostname=name
    )


def send_mail(message: AlertMessage, lines: list[Line]) -> None:
    """One e-mail to all addresses of the rule, through the server of ``ISOSCOPE_SMTP_URL``."""
    if not settings.EMAIL_HOST:
        raise Refused("e-mail needs ISOSCOPE_SMTP_URL")
    texts = [f"{line.hostname}: {line.sentence}\n{line.at}\n{line.url}\n{line.picture}" for line in lines]
    if message.more:
        texts.append(f"and {message.more} more")
    first = " ".join(f"{lines[0].hostname}: {lines[0].sentence}".split())[:150]
    to = [address.strip() for address in message.rule.target.split(",") if address.strip()]
    with get_connection(timeout=15) as connection:
        mail = EmailMessage(f"[Isoscope] {first}", "\n\n".join(texts), settings.DEFAULT_FROM_EMAIL, to)
        connection.send_messages([mail])
