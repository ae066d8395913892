"""Every value of every message is bounded by its type: at the agent's socket, and in a file that is imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from inspector.errors import MalformedFrame
from inspector.facts.moments import parse_instant
from inspector.facts.types import MOST_CONTAINERS, Moment, Usage
from inspector.facts.vitals.readings import MOST_READ, HostVitals, ProcessVitals
from inspector.protocol import export_file, frames
from inspector.protocol.frames import Ack, Heartbeat, Metrics, Welcome, decode, encode

MESSAGES = (frames.Frame, export_file.Line, Welcome, Ack)
COLLECTIONS = (inspect.VarTupleType, inspect.ListType, inspect.DictType, inspect.SetType, inspect.FrozenSetType)
OPEN = (inspect.AnyType, inspect.RawType, inspect.BytesType, inspect.ByteArrayType, inspect.DecimalType)


def walk(kind: Any, path: str, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """A type, and every type that it holds, each with where it stands."""
    yield path, kind
    match kind:
        case inspect.StructType():
            if kind.cls not in seen:
                seen.add(kind.cls)
                for field in kind.fields:
                    yield from walk(field.type, f"{kind.cls.__name__}.{field.name}", seen)
        case inspect.UnionType():
            for part in kind.types:
                yield from walk(part, path, seen)
        case inspect.DictType():
            yield from walk(kind.key_type, f"{path} key", seen)
            yield from walk(kind.value_type, f"{path} value", seen)
        case inspect.VarTupleType() | inspect.ListType():
            yield from walk(kind.item_type, f"{path} item", seen)
        case inspect.Metadata():
            yield from walk(kind.type, path, seen)


def is_bounded(kind: Any) -> bool:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            return kind.ge is not None and kind.le is not None
        case inspect.StrType():
            return kind.max_length is not None or (kind.pattern or "").endswith(("$", "\\Z"))
    return kind.max_length is not None if isinstance(kind, COLLECTIONS) else not isinstance(kind, OPEN)


def test_every_collection_every_text_and_every_number_of_every_message_has_a_bound() -> None:
    found = [item for message in MESSAGES for item in walk(inspect.type_info(message), "", set())]
    assert len(found) > 200
    assert sorted({path for path, kind in found if not is_bounded(kind)}) == []


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+00:00",
        "1969-12-31T23:59:59+00:00",
        "9999-12-31T23:59:59+00:00",
        "2300-01-01T00:00:00+00:00",
        "2026-11-23T03:10:00",
        "2026-11-23T03:10:00+00:00\n",
        "٢٠٢٦-11-23T03:10:00+00:00",
        "now",
        "",
    ],
)
def test_a_moment_to_which_no_host_can_set_its_clock_is_refused(moment: str) -> None:
    with pytest.raises(MalformedFrame, match="taken_at"):
        decode(encode(Heartbeat(1, moment)))


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00+00:00", "2299-12-31T23:59:59.999999Z", "2026-11-23T03:10:00-11:30"]
)
def test_a_moment_that_is_taken_in_can_be_reckoned_with(text: str) -> None:
    moment = parse_instant(msgspec.convert(text, Moment))
    assert 1969 <= moment.year <= 2300


@pytest.mark.parametrize("number", ["1e300", "-1", "1e999", "NaN"])
def test_a_number_that_becomes_a_duration_is_refused_where_no_duration_can_hold_it(number: str) -> None:
    frame = '{"type":"diff","host":"h","base":1,"seq":2,"taken_at":"2026-11-23T03:10:00+00:00","duration_ms":%s}'
    with pytest.raises(MalformedFrame):
        decode((frame % number).encode())
    assert decode((frame % "12.5").encode()).seq == 2  # type: ignore[union-attr]


def test_metrics_of_more_containers_than_a_host_can_hold_are_refused() -> None:
    usages = {f"{number:064x}": Usage(1, 2, 3) for number in range(MOST_CONTAINERS + 1)}
    with pytest.raises(MalformedFrame, match="containers"):
        decode(encode(Metrics("2026-11-23T03:10:00+00:00", usages)))


def test_vitals_of_more_processes_than_one_message_may_hold_are_refused() -> None:
    read = {f"abcd1234:{number}:1": ProcessVitals(threads=1) for number in range(MOST_READ + 1)}
    with pytest.raises(MalformedFrame, match="processes"):
        decode(encode(Metrics("2026-11-23T03:10:00+00:00", {}, HostVitals(), read)))


@pytest.mark.parametrize("cpu", ["-1", "1e300", "NaN", '"12"', "true"])
def test_a_share_that_no_host_can_have_is_refused(cpu: str) -> None:
    frame = '{"type":"metrics","taken_at":"2026-11-23T03:10:00+00:00","containers":{},"host":{"cpu":%s}}'
    with pytest.raises(MalformedFrame):
        decode((frame % cpu).encode())
    assert decode((frame % "12.5").encode()).host == HostVitals(cpu=12.5)  # type: ignore[union-attr]
