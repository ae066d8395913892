"""What a search within a comparison finds."""

from __future__ import annotations

import pytest

from inspector.analysis.compare.comparison import Comparison, compare, findings_of
from inspector.analysis.compare.search import FIELDS, LONGEST, Search
from inspector.analysis.compare.sides import sides_of
from tests.support.busy_host import busy_host, quiet_host

SIDES = sides_of(quiet_host(20), busy_host(20))


def asked(text: str) -> Comparison:
    return compare(*SIDES, search=Search.read(text))


def test_without_words_everything_is_found() -> None:
    assert asked("") == asked("   ") == compare(*SIDES)


def test_a_project_has_only_its_containers_and_findings() -> None:
    shop = asked("project:shop")
    assert {item.project for item in shop.headlines} == {"shop"}
    assert {item.where for item in findings_of(shop)} <= {f"shop-service-{number}" for number in range(0, 20, 4)}
    assert shop.changed and shop.search == "project:shop"


def test_every_word_must_match_and_a_minus_excludes() -> None:
    assert [item.name for item in asked("project:shop container:service-12").headlines] == ["shop-service-12"]
    assert {item.name for item in asked("project:shop -service-12").headlines} == {"shop-service-0", "shop-service-4"}
    assert not asked("project:shop nothing-is-called-so")


def test_a_project_and_all_others_are_together_everything() -> None:
    def total(text: str) -> int:
        return sum(sum(kinds.values()) for kinds in asked(text).counts.values())

    assert 0 < total("project:shop") < total("")
    assert total("project:shop") + total("-project:shop") == total("")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("kind:limits", {"data-service-13", "monitoring-service-3"}),
        ("kind:restarted", {"data-service-1", "monitoring-service-11"}),
        ("image:app:2", {"shop-service-0", "ci-service-10"}),
        ('"service-13"', {"data-service-13"}),
    ],
)
def test_kind_image_and_words_in_quotes_are_searched(text: str, names: set[str]) -> None:
    assert {item.name for item in asked(text).headlines} == names


@pytest.mark.parametrize("text", ['"open', "projct:shop", "x" * (LONGEST + 1)])
def test_a_search_that_makes_no_sense_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"search|field"):
        Search.read(text)


def test_a_namespace_and_an_address_are_words_and_no_fields() -> None:
    assert [term.field for term in Search.read("net:[4026531840] http://x").terms] == [None, None]
    assert [term.field for term in Search.read(" ".join(f"{name}:x" for name in FIELDS)).terms] == list(FIELDS)
