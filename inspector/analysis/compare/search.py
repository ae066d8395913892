"""A search within a comparison: which findings, folds and headlines a reader asked for. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.headlines.headline import Headline
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.compose import SERVICE, project_of
from inspector.facts.types import Container, Fact, Key

LONGEST: Final = 500
_FIELD: Final = re.compile(r"([a-z]+):(?![\[/])(.+)", re.DOTALL)

Texts = tuple[str, ...]


class Term(NamedTuple):
    """One word of a search."""

    field: str | None  # None: any of them
    text: str  # in lower case
    negated: bool


class About(NamedTuple):
    """What a search reads of one thing."""

    container: Texts
    image: Texts
    project: Texts
    service: Texts
    engine: Texts
    pod: Texts
    scope: Texts
    name: Texts
    kind: Texts = ()
    type: Texts = ()
    pid: Texts = ()
    other: Texts = ()


FIELDS: Final = tuple(name for name in About._fields if name != "other")


class Search(Fact, frozen=True):
    """Words that must all be found. ``field:text`` looks into one field, ``-`` excludes, quotes keep words whole."""

    terms: tuple[Term, ...] = ()
    text: str = ""  # as it was written

    @classmethod
    def read(cls, text: str) -> Search:
        """:raises ValueError: a quote is open, the text is too long, or there is no such field."""
        if len(text) > LONGEST:
            raise ValueError(f"a search has at most {LONGEST} characters")
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ValueError(f"in the search {text!r}: {error}".lower()) from error
        return cls(tuple(map(_term, words)), text.strip())

    def matches(self, about: About) -> bool:
        """Whether every word is found in it, and none that is excluded."""
        return all(_holds(term, about) for term in self.terms)


def _term(word: str) -> Term:
    negated = len(word) > 1 and word.startswith("-")
    word = word[negated:].casefold()
    found = _FIELD.fullmatch(word)
    if found is None:
        return Term(None, word, negated)
    if found[1] not in FIELDS:
        raise ValueError(f"there is no field {found[1]!r} to search in: there are {', '.join(FIELDS)}")
    return Term(found[1], found[2], negated)


def _holds(term: Term, about: About) -> bool:
    texts = getattr(about, term.field) if term.field is not None else (one for part in about for one in part)
    exact = term.field in ("pid", "kind", "type")
    found = any(term.text == one.casefold() if exact else term.text in one.casefold() for one in texts)
    return found != term.negated


class Searcher:
    """Applies a search to what a pair of sides shows. What it reads of a container is read once."""

    def __init__(self, search: Search, sides: Iterable[Side]) -> None:
        self.search = search
        self._containers: list[Mapping[Key, Container]] = [side.containers for side in sides]
        self._known: dict[Key | None, About] = {}

    def finds(self, finding: Finding) -> bool:
        """Whether a finding is one that was asked for."""
        if not self.search.terms:
            return True
        partners = [name for key in finding.partners for name in self._about(key).container]
        texts = (finding.field, finding.before, finding.after, *partners)
        return self.search.matches(
            self._about(finding.container)._replace(
                name=(finding.name,),
                kind=(finding.kind, finding.group),
                type=(finding.type,) if finding.type else (),
                pid=tuple(str(pid) for pid in (finding.pid, finding.inside) if pid is not None),
                other=tuple(text for text in texts if text),
            )
        )

    def finds_process(self, name: str, container: Key | None) -> bool:
        """Whether a process of this name in this container is asked for."""
        return not self.search.terms or self.search.matches(self._about(container)._replace(name=(name,)))

    def headlines(self, headlines: Iterable[Headline], found: Iterable[Finding]) -> tuple[Headline, ...]:
        """The headlines about which something was found."""
        if not self.search.terms:
            return tuple(headlines)
        keys = {finding.container for finding in found}
        return tuple(item for item in headlines if keys & {item.container, item.earlier} - {None})

    def _about(self, container: Key | None) -> About:
        if container not in self._known:
            both = [side[container] for side in self._containers if container is not None and container in side]
            self._known[container] = _describe(container, both)
        return self._known[container]


def _describe(key: Key | None, containers: list[Container]) -> About:
    def each(read: Callable[[Container], str]) -> Texts:
        return tuple(dict.fromkeys(filter(None, map(read, containers))))

    return About(
        container=(*each(lambda one: one.title), *((key,) if key is not None else ("the host",))),
        image=each(lambda one: one.image),
        project=each(project_of),
        service=each(lambda one: one.labels.get(SERVICE, "")),
        engine=each(lambda one: one.engine),
        pod=each(lambda one: one.pod.title if one.pod is not None else ""),
        scope=each(lambda one: one.scope),
        name=(),
    )


EVERYTHING: Final = Search()


def searcher_of(pair: Pair, search: Search) -> Searcher:
    """The searcher of a pair."""
    return Searcher(search, (pair.old, pair.new))
