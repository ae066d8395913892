"""A share for each person: who asks too often waits or is refused, and the other is served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from ninja.errors import HttpError

from dashboard.api import compare, feed, picture, routes, transfer
from dashboard.api.shares import COMPARISONS, EVENTS, EXPORTS, PICTURES, STATES, Share
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People
from tests.support.running import wait_for

URL = f"/api/v1/hosts/{MACHINE}"
ANN, BOB = 1, 2


def test_one_person_never_holds_all_the_turns() -> None:
    share = Share(turns=2, each=1, patience_s=0.01)
    share.take(ANN)
    with pytest.raises(HttpError, match="too many requests of others"):
        share.take(ANN)
    give_back = share.take(BOB)
    give_back()
    share.take(BOB)


def test_a_turn_is_given_back_once() -> None:
    share = Share(turns=1, each=1, patience_s=0.01)
    give_back = share.take(ANN)
    give_back()
    give_back()
    share.take(ANN)
    with pytest.raises(HttpError):
        share.take(ANN)


def test_who_waits_gets_the_turn_that_becomes_free() -> None:
    share = Share(turns=1, each=1, patience_s=60)
    give_back = share.take(ANN)
    done: list[Callable[[], None]] = []
    waiter = threading.Thread(target=lambda: done.append(share.take(BOB)))
    waiter.start()
    give_back()
    waiter.join(60)
    assert len(done) == 1


def test_those_beyond_what_one_person_may_ask_for_are_refused_at_once() -> None:
    share = Share(turns=1, each=1, patience_s=60, most_asked=2)
    give_back = share.take(ANN)
    waiter = threading.Thread(target=share.take, args=(ANN,))
    waiter.start()
    wait_for(lambda: share._asked[ANN] == 2)
    with pytest.raises(HttpError, match="too many requests at once") as refused:
        share.take(ANN)
    assert refused.value.status_code == 429
    give_back()
    waiter.join(60)


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize(
    ("path", "module", "name", "share"),
    [
        ("picture.svg", picture, "PICTURES", PICTURES),
        ("export", transfer, "EXPORTS", EXPORTS),
        ("compare/report?from=1&to=1", compare, "COMPARISONS", COMPARISONS),
        ("events", feed, "EVENTS", EVENTS),
        ("state", routes, "STATES", STATES),
        ("compare?from=1&to=1", routes, "STATES", STATES),
    ],
)
@pytest.mark.django_db(transaction=True)  # an export's thread closes its connection
def test_what_costs_much_needs_a_turn_and_gives_it_back(
    people: People, monkeypatch: pytest.MonkeyPatch, path: str, module: Any, name: str, share: Share
) -> None:
    taken = Share(turns=1, each=1, patience_s=0.01)
    monkeypatch.setattr(module, name, taken)
    give_back = taken.take(ANN)
    assert people.viewer.get(f"{URL}/{path}").status_code == 503
    give_back()
    for _ in range(2):
        answer = people.viewer.get(f"{URL}/{path}")
        assert answer.status_code == 200
        answer.close()
    assert share._each < share._turns


def test_who_waits_for_a_picture_has_read_no_state(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(host: Host, seq: int) -> bytes:
        raise AssertionError("a state was read before the turn")

    taken = Share(turns=1, each=1, patience_s=0.01)
    taken.take(ANN)
    monkeypatch.setattr(picture, "PICTURES", taken)
    monkeypatch.setattr(picture, "encoded_state", read)
    assert people.viewer.get(f"{URL}/picture.svg?mask=1").status_code == 503
