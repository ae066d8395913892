"""Adds the name, image and labels of a container to history when its engine reported them only after its end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.db.models import QuerySet

from inspector.facts.types import Completion
from inspector.history import shared_values as values
from inspector.history.shared_values import ContainerFacts
from inspector.models import ContainerInterval


def complete(host: int, completions: Iterable[Completion]) -> None:
    """Write what was reported into the rows of these containers that have ended and have no name.

    Open rows stay as they are: they are part of the present state, which its agent describes.
    """
    for told in completions:
        for key in values.find([values.text(told.container)]).values():
            _complete_rows(host, key, told)


def _complete_rows(host: int, key: int, told: Completion) -> None:
    rows = ContainerInterval.objects.filter(host=host, key=key, closed__isnull=False)
    for number, facts in values.load(_facts_of(rows)).items():
        if not facts.name:
            body = values.facts(_completed(facts, told))
            rows.filter(facts=number).update(facts=values.intern([body])[body])


def _facts_of(rows: QuerySet[ContainerInterval]) -> set[int]:
    return {number for number in rows.values_list("facts", flat=True) if number is not None}


def _completed(facts: ContainerFacts, told: Completion) -> ContainerFacts:
    return msgspec.structs.replace(
        facts, name=told.name, image=facts.image or told.image, labels=facts.labels or told.labels
    )
