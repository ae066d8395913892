"""Prometheus' text format, version 0.0.4, for many thousand series that are kept as text between two readings.

prometheus_client writes what this process counts of itself (:mod:`dashboard.watch.metrics`). It makes an object of
each series and writes it anew for each reading; for 200,000 series that takes a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Family(NamedTuple):
    """A metric: its name, ``gauge`` or ``counter``, and what it says."""

    name: str
    kind: str
    says: str

    @property
    def head(self) -> str:
        return f"# HELP {self.name} {self.says}\n# TYPE {self.name} {self.kind}\n"

    def sample(self, labels: str, value: float) -> str:
        """One series; ``labels`` as :func:`label` writes them, with commas between."""
        return f"{self.name}{{{labels}}} {value:.17g}\n"


def label(name: str, value: str) -> str:
    """A label with its value, escaped."""
    return f'{name}="{escape(value)}"'


def escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def write(family: Family, samples: Iterable[str]) -> Iterator[str]:
    """A family with its series; nothing where there are none."""
    text = "".join(samples)
    if text:
        yield family.head
        yield text
