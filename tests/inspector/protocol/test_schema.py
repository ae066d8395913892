"""Two versions meet: they speak the lower schema, ignore what they do not know, and refuse what is malformed."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import MalformedFrame
from inspector.facts.checksum import checksum
from inspector.facts.diff import diff
from inspector.facts.restrict import restrict_state
from inspector.facts.types import SCHEMA, HostState, Usage
from inspector.facts.vitals.readings import HostVitals, ProcessVitals
from inspector.protocol import schema as schemas
from inspector.protocol.frames import (
    MOST_FRAMES,
    Ack,
    Diff,
    Frame,
    Heartbeat,
    Metrics,
    Reset,
    Welcome,
    as_diff,
    decode,
    decode_ack,
    decode_greeting,
    encode,
    pack,
)
from inspector.protocol.schema import OURS, Hello, greet, in_schema, spoken_with, translate
from tests.support.states import host_states

NOW = "2026-11-23T03:10:00+00:00"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def all_frames(draw: st.DrawFn, schema: int = SCHEMA) -> Frame:
    """A frame of any type, with its checksum."""
    before, after = draw(host_states()), draw(host_states())
    total = checksum(after)
    frames: list[Frame] = [
        Reset(after.host.machine_id, 7, NOW, after, total, schema),
        as_diff(after.host.machine_id, 6, 7, after, diff(before, after), total, schema),
        Heartbeat(7, NOW, total, NOW, schema),
        Metrics(NOW, {"c" * 64: Usage(1, 2, 3)}, HostVitals(cpu=1.5), {"p": ProcessVitals(threads=2)}),
    ]
    return draw(st.sampled_from(frames))


def objects(value: Any, inside: str = "") -> list[dict[str, Any]]:
    """Every JSON object that is a struct; what is keyed by names (labels, containers of metrics) is not."""
    if isinstance(value, list):
        return [found for part in value for found in objects(part, inside)]
    if not isinstance(value, dict):
        return []
    within = [found for name, part in value.items() for found in objects(part, name)]
    is_keyed = inside == "labels" or (inside in ("containers", "processes") and {"c" * 64, "p"} & value.keys())
    return within if is_keyed else [value, *within]


@given(all_frames(), st.data())
def test_unknown_fields_are_ignored_in_every_place_of_a_frame(frame: Frame, data: st.DataObject) -> None:
    shown = msgspec.json.decode(encode(frame))
    for place in objects(shown):
        place[data.draw(st.sampled_from(["since_3", "nice", "types"]))] = data.draw(values)
    assert decode(msgspec.json.encode(shown)) == frame


@given(all_frames(), st.integers(SCHEMA + 1, 2**31 - 1))
def test_a_checksum_of_a_newer_schema_is_ignored(frame: Frame, newer: int) -> None:
    shown = msgspec.json.decode(encode(frame))
    if isinstance(frame, Metrics):
        return
    arrived = decode(msgspec.json.encode(shown | {"schema": newer, "checksum": "0" * 16}))
    assert arrived == msgspec.structs.replace(frame, checksum=None)


@pytest.mark.parametrize("said", [0, -1, 2**31, "2", 1.5, None, True, []])
def test_a_schema_that_is_none_is_refused(said: Any) -> None:
    with pytest.raises(MalformedFrame, match="schema"):
        decode(msgspec.json.encode({"type": "heartbeat", "seq": 1, "taken_at": NOW, "schema": said}))


@given(all_frames(), st.data())
def test_a_malformed_known_field_is_refused_beside_unknown_ones(frame: Frame, data: st.DataObject) -> None:
    shown = msgspec.json.decode(encode(frame)) | {"since_3": data.draw(values)}
    shown["taken_at"] = data.draw(values.filter(lambda value: not isinstance(value, str)))
    with pytest.raises(MalformedFrame, match="taken_at"):
        decode(msgspec.json.encode(shown))


def test_an_answer_with_unknown_fields_is_understood() -> None:
    assert decode_ack(b'{"type":"ack","seq":3,"need":"reset","since_3":[1]}') == Ack(3, need="reset")
    with pytest.raises(MalformedFrame):
        decode_ack(b'{"type":"ack","seq":3,"need":"orders","since_3":[1]}')


def test_the_greeting_is_a_welcome_or_of_an_earlier_server_an_acknowledgement() -> None:
    newer = b'{"type":"welcome","seq":3,"version":"9.1","schema":99,"since_99":{}}'
    assert decode_greeting(newer) == Welcome(3, "9.1", 99)
    assert decode_greeting(b'{"type":"ack","seq":3}') == Ack(3)
    for wrong in (b'{"type":"welcome","seq":3}', b'{"type":"order","seq":3}', b"[]"):
        with pytest.raises(MalformedFrame):
            decode_greeting(wrong)


@given(st.integers(1, 99))
def test_both_sides_find_the_same_schema_and_it_is_the_lower_one(theirs: int) -> None:
    spoken = spoken_with(theirs)
    assert spoken == min(theirs, SCHEMA)
    assert spoken <= SCHEMA and spoken <= theirs


@pytest.mark.parametrize(
    ("version", "schema", "expected"),
    [
        ("", "", Hello("", 1)),
        ("0.1.0", "2", Hello("0.1.0", 2)),
        ("9.0.0rc1+deb", "99", Hello("9.0.0rc1+deb", 99)),
        ("<b>1</b>", "two", Hello("", 1)),
        ("1" * 65, "-3", Hello("", 1)),
        ("1.0\n", "0", Hello("", 1)),
        ("1.0", "99999", Hello("1.0", 1)),
        ("1.0", "٣", Hello("1.0", 1)),
    ],
)
def test_what_an_agent_says_of_itself_is_read_with_care(version: str, schema: str, expected: Hello) -> None:
    assert Hello.parse(version, schema) == expected


@given(st.text(), st.text())
def test_any_text_can_be_said(version: str, schema: str) -> None:
    hello = Hello.parse(version, schema)
    assert 1 <= hello.schema <= schemas.NEWEST
    assert isinstance(decode_greeting(encode(greet(hello, 5))), Ack if hello.schema == 1 else Welcome)


def test_an_agent_that_says_no_schema_gets_an_acknowledgement() -> None:
    assert encode(greet(Hello("", 1), 5)) == b'{"type":"ack","seq":5}'
    assert greet(Hello("9.0", 99), 5) == Welcome(5, OURS.version, SCHEMA, MOST_FRAMES)


def names_in(part: Any) -> set[str]:
    """Every name of a field, however deep; those of labels are no fields."""
    if isinstance(part, list):
        return set().union(*map(names_in, part))
    inner = [value for name, value in part.items() if name != "labels"] if isinstance(part, dict) else []
    return set(part).union(*map(names_in, inner)) if isinstance(part, dict) else set()


@pytest.mark.parametrize("schema", range(1, SCHEMA))
@given(frame=all_frames())
def test_a_frame_for_an_earlier_server_names_no_newer_field_not_even_as_unknown(schema: int, frame: Frame) -> None:
    shown = msgspec.json.decode(zlib.decompress(translate(pack(frame), schema)))
    newer = {"entered", "confinement", "exit_code", "oom_killed", "restarts", "health", "ports", "cache_bytes"}
    assert not names_in(shown) & newer
    processes = [*shown.get("state", {}).get("processes", ()), *_section(shown, "add")]
    assert not any("state" in process for process in processes)
    assert not any("state" in change["set"] for change in _section(shown, "change"))


def _section(shown: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return list(shown.get("processes", {}).get(name, ()))


@given(all_frames())
def test_a_frame_for_an_earlier_server_has_nothing_that_it_would_refuse(frame: Frame) -> None:
    shown = msgspec.json.decode(zlib.decompress(translate(pack(frame), 1)))
    assert "schema" not in shown
    told = isinstance(frame, Reset) and frame.checksum is not None  # of changes none: the facts differ
    assert shown.get("checksum") == (checksum(restrict_state(frame.state, 1)) if told else None)  # type: ignore[union-attr]
    state = shown.get("state")
    assert state is None or state["schema"] == 1


@given(all_frames())
def test_a_frame_for_an_equal_or_newer_server_is_sent_as_it_is(frame: Frame) -> None:
    packed = pack(frame)
    assert translate(packed, SCHEMA) is packed
    assert translate(packed, SCHEMA + 1) is packed


def test_a_frame_that_cannot_be_read_is_left_to_the_server() -> None:
    assert translate(b"x", 1) == b"x"


@given(host_states(), host_states())
def test_where_facts_differ_changes_lose_their_checksum_and_a_whole_state_gets_another(
    before: HostState, after: HostState
) -> None:
    told = in_schema(Reset("h", 7, NOW, after, "0" * 16, SCHEMA), 1)
    assert isinstance(told, Reset) and told.checksum == checksum(restrict_state(after, 1))
    changed = in_schema(as_diff("h", 6, 7, after, diff(before, after), "0" * 16, SCHEMA), 1)
    assert isinstance(changed, Diff) and changed.checksum is None
    beat = in_schema(Heartbeat(7, NOW, "0" * 16, NOW, SCHEMA), 1)
    assert beat == Heartbeat(7, NOW, None, NOW)


def test_a_frame_of_an_older_schema_travels_as_it_is() -> None:
    frame = Heartbeat(7, NOW, "0" * 16)
    assert in_schema(frame, SCHEMA) is frame
