"""Alerts: which entries are told, once and together, signed, again where it failed, and nowhere they may not go."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from dashboard.alerts import addresses, away
from dashboard.alerts.messages import MOST_TRIES, AlertMessage
from dashboard.alerts.rules import AlertRule
from dashboard.alerts.teller import Heard, Teller, deliver, judge
from dashboard.alerts.teller import hear as hear_soon
from dashboard.models import AuditEvent
from inspector.analysis.feed.entries import Entry, Kind
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People
from tests.support.alert_receiver import Receiver

AT = "2026-11-29T12:00:00+00:00"
INNER = (
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
    *("::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
)
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.ALERT_NETWORKS = LOOPBACK
    with Receiver() as listening:
        yield listening


def entry(kind: Kind, where: str = "web-prod", container: str | None = "c1", **facts: Any) -> Entry:
    return Entry(7, AT, kind, container, where, **({"name": where} | facts))


def rule_for(target: str, **facts: Any) -> AlertRule:
    return AlertRule.objects.create(**({"name": "rule", "target": target, "group_s": 0} | facts))


def hear(*entries: Entry) -> None:
    judge(Heard(MACHINE, entries))


def send_all() -> None:
    for message in AlertMessage.claim_due(timezone.now(), set()):
        deliver(message)


def told() -> list[str]:
    lines = [line for message in AlertMessage.objects.order_by("pk") for line in message.lines]
    return [line["kind"] + (" ended" if line["ended"] else "") for line in lines]


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({}, ["exec", "sharing-began"]),
        ({"kinds": ["exec"]}, ["exec"]),
        ({"container": "*-PROD"}, ["exec"]),
        ({"container": "web"}, []),
        ({"text": "10.0.0.7"}, ["sharing-began"]),
        ({"type": "net"}, ["sharing-began"]),
        ({"kinds": ["ran"]}, ["ran"]),
        ({"hosts": ["another"]}, []),
        ({"enabled": False}, []),
        ({"away_minutes": 5}, []),
    ],
)
def test_a_rule_tells_the_entries_that_fit_it(host: Host, facts: dict[str, Any], kinds: list[str]) -> None:
    rule_for("http://example.org", **facts)
    hear(
        entry("exec", name="sh", pid=5, after="sh -c id"),
        entry("sharing-began", "db", "c2", types=("net",), after="10.0.0.7"),
        entry("ran", noise=True),
    )
    assert told() == kinds


def test_a_webhook_is_signed_and_has_the_sentence_and_the_links(host: Host, receiver: Receiver) -> None:
    rule = rule_for(receiver.url)
    hear(entry("container-stopped", exit_code=137, oom_killed=True))
    send_all()
    (arrived,) = receiver.wait_for(1)
    at, _, signature = arrived.headers["X-Isoscope-Signature"].removeprefix("t=").partition(",v1=")
    assert signature == hmac.new(rule.secret.encode(), f"{at}.".encode() + arrived.body, hashlib.sha256).hexdigest()
    (line,) = json.loads(arrived.body)["entries"]
    assert line["sentence"].startswith("web-prod stopped") and (line["host"], line["seq"]) == (MACHINE, 7)
    assert line["url"].endswith(f"/?host={MACHINE}&at=7") and line["picture"].endswith("/picture.svg?at=7")
    assert AlertMessage.objects.get().state == "sent"


def test_what_stands_is_told_once_and_its_end_once(host: Host) -> None:
    rule_for("http://example.org", kinds=["sharing-began"])
    for kind in ("sharing-began", "sharing-began", "sharing-ended", "sharing-ended", "sharing-began"):
        hear(entry(kind))  # type: ignore[arg-type]
    assert told() == ["sharing-began", "sharing-ended ended", "sharing-began"]


def test_what_follows_soon_is_one_message(host: Host) -> None:
    rule_for("http://example.org", group_s=60)
    for number in range(5):
        hear(entry("exec", name=f"sh{number}", pid=number))
    first, rest = AlertMessage.objects.order_by("pk")
    assert (len(first.lines), len(rest.lines)) == (1, 4)
    assert timedelta(seconds=50) < rest.due_at - timezone.now() <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 1, 5, 22, 30, tzinfo=UTC), datetime(2026, 1, 6, 6, 0, tzinfo=UTC)),  # 23:30 in Berlin
        (datetime(2026, 1, 5, 3, 0, tzinfo=UTC), datetime(2026, 1, 5, 6, 0, tzinfo=UTC)),
        (datetime(2026, 1, 5, 12, 0, tzinfo=UTC), datetime(2026, 1, 5, 12, 0, tzinfo=UTC)),
        (datetime(2026, 1, 5, 6, 0, tzinfo=UTC), datetime(2026, 1, 5, 6, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_by_the_clock_of_their_zone(now: datetime, end: datetime) -> None:
    rule = AlertRule(quiet_from=time(22), quiet_to=time(7), zone="Europe/Berlin")
    assert rule.quiet_until(now) == end


def test_a_failure_is_tried_again_with_longer_pauses_and_given_up(host: Host, receiver: Receiver) -> None:
    rule_for(receiver.url)
    receiver.statuses = [500] * (MOST_TRIES + 1)
    hear(entry("exec"))
    pauses = []
    for _ in range(MOST_TRIES):
        send_all()
        pauses.append(round((AlertMessage.objects.get().due_at - timezone.now()).total_seconds()))
        AlertMessage.objects.filter(state="waiting").update(due_at=timezone.now())
    message = AlertMessage.objects.get()
    assert (message.state, message.tries, message.error) == ("given up", MOST_TRIES, "the receiver answered 500")
    assert pauses == sorted(pauses) and pauses[1] > 2 * pauses[0]


def test_a_message_is_sent_by_one_process_only(host: Host) -> None:
    rule_for("http://example.org")
    hear(entry("exec"))
    now = timezone.now()
    assert len(AlertMessage.claim_due(now, set())) == 1
    assert AlertMessage.claim_due(now, set()) == []


@pytest.mark.parametrize("address", INNER)
def test_no_message_goes_into_the_own_network(address: str, settings: Any) -> None:
    assert not addresses.is_allowed(ipaddress.ip_address(address))
    settings.ALERT_NETWORKS = [ipaddress.ip_network("203.0.113.0/24")]
    assert not addresses.is_allowed(ipaddress.ip_address(address))
    assert addresses.is_allowed(ipaddress.ip_address("1.1.1.1"))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_however_loopback_is_written_nothing_arrives(
    host: Host, receiver: Receiver, settings: Any, name: str
) -> None:
    settings.ALERT_NETWORKS = []
    rule_for(receiver.url.replace("127.0.0.1", name))
    hear(entry("exec"))
    send_all()
    message = AlertMessage.objects.get()
    assert message.state == "waiting" and "own network" in message.error and receiver.arrived == []


def test_a_redirect_is_not_followed(host: Host, settings: Any) -> None:
    settings.ALERT_NETWORKS = LOOPBACK
    with Receiver() as inner, Receiver(307, Location=inner.url) as outer:
        rule_for(outer.url)
        hear(entry("exec"))
        send_all()
        assert AlertMessage.objects.get().error == "the receiver answered 307"
        assert len(outer.arrived) == 1 and inner.arrived == []


def test_alertmanager_gets_alerts_that_begin_and_end(host: Host, receiver: Receiver) -> None:
    rule_for(receiver.url, way="alertmanager", kinds=["left-behind"])
    hear(entry("left-behind", types=("net",), partner_names=("vpn",)))
    send_all()
    hear(entry("joined-again", types=("net",), partner_names=("vpn",)))
    send_all()
    began, ended = (json.loads(one.body)[0] for one in receiver.wait_for(2))
    assert receiver.arrived[0].path == "/hook/api/v2/alerts"
    assert began["labels"] == ended["labels"] and began["labels"]["alertname"] == "rule"
    assert began["endsAt"] > began["startsAt"] and ended["endsAt"] == ended["startsAt"]


def test_an_email_has_the_sentence_and_no_line_of_a_name_as_a_header(host: Host, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    rule_for("ann@example.org, bob@example.org", way="email")
    hear(entry("container-stopped", "web\r\nBcc: eve@example.org"))
    send_all()
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.org", "bob@example.org"] and "stopped" in sent.subject
    assert "\n" not in sent.subject and AlertMessage.objects.get().state == "sent"


def test_an_agent_that_is_away_is_told_once_and_so_is_its_return(host: Host) -> None:
    rule_for("http://example.org", away_minutes=5)
    now = timezone.now()
    for heard_at in (now, now - timedelta(minutes=4), *[now - timedelta(minutes=6)] * 2, now, now):
        Host.objects.update(heard_at=heard_at, interval_s=5)
        away.judge(now)
    assert told() == ["agent-away", "agent-back ended"]


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_does_not_answer_holds_up_no_other_rule(host: Host, receiver: Receiver) -> None:
    teller = Teller()
    with Receiver() as silent:
        silent.answers.clear()
        rule_for(silent.url, name="silent")
        rule_for(receiver.url)
        teller.start()
        try:
            hear_soon(MACHINE, (entry("exec"),))
            silent.wait_for(1)
            hear_soon(MACHINE, (entry("boot"),))
            kinds = [json.loads(one.body)["entries"][0]["kind"] for one in receiver.wait_for(2)]
            assert kinds == ["exec", "boot"]
            silent.answers.set()
            silent.wait_for(2)
        finally:
            teller.stop()
            teller.pool.shutdown(wait=True)
    assert set(AlertMessage.objects.values_list("state", flat=True)) == {"sent"}


# The page


FORM = {
    "name": "ops",
    "way": "webhook",
    "target": "https://hooks.example.org/secret-path",
    "group_s": "30",
    "zone": "UTC",
}


def test_a_rule_is_made_changed_and_deleted_and_the_audit_log_has_no_target(people: People) -> None:
    people.administrator.post("/alerts", FORM | {"kinds": ["exec"], "once": "on", "enabled": "on"})
    rule = AlertRule.objects.get()
    assert (rule.name, rule.kinds, rule.once) == ("ops", ["exec"], True)
    page = people.administrator.get(f"/alerts/{rule.pk}").content.decode()
    assert rule.secret in page
    people.administrator.post(f"/alerts/{rule.pk}", FORM | {"container": "*-prod"})
    rule.refresh_from_db()
    assert (rule.kinds, rule.container, rule.enabled) == ([], "*-prod", False)
    people.administrator.post(f"/alerts/{rule.pk}/delete")
    noted = AuditEvent.objects.filter(what="rule-changed")
    assert [event.detail for event in noted.order_by("pk")] == ["made", "changed", "deleted"]
    assert not any("secret-path" in str(event) + event.about + event.detail for event in noted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "ftp://example.org"},
        {"target": "https://ann:secret@example.org"},
        {"target": "https://"},
        {"target": "https://example.org:99999"},
        {"way": "email", "target": "nobody"},
        {"zone": "Mars/Olympus"},
        {"kinds": ["no-such-kind"]},
    ],
)
def test_a_rule_that_cannot_work_is_refused(people: People, wrong: dict[str, Any]) -> None:
    answer = people.administrator.post("/alerts", FORM | wrong)
    assert answer.status_code == 200 and b'role="alert"' in answer.content
    assert not AlertRule.objects.exists()


def test_a_test_is_sent_at_once_and_its_result_is_shown(people: People, receiver: Receiver) -> None:
    rule = rule_for(receiver.url, enabled=False, quiet_from=time(0), quiet_to=time(23, 59))
    people.administrator.post(f"/alerts/{rule.pk}/test")
    assert json.loads(receiver.wait_for(1)[0].body)["test"] is True
    assert AlertMessage.objects.get().state == "sent"
    receiver.statuses = [404]
    people.administrator.post(f"/alerts/{rule.pk}/test")
    assert "the receiver answered 404" in people.administrator.get("/alerts").content.decode()
