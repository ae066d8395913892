"""What travels: exact both ways, and a hostile message is refused and nothing worse."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import MalformedFrame
from inspector.facts.diff import apply, diff
from inspector.facts.types import HostState, Usage
from inspector.protocol import frames
from inspector.protocol.frames import (
    Ack,
    Diff,
    Heartbeat,
    Metrics,
    Reset,
    as_diff,
    decode,
    decode_ack,
    encode,
    pack,
    unpack,
)
from tests.support.states import HOST, a_process, a_state, host_states

NOW = "2026-11-23T03:10:00+00:00"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(host_states(), st.integers(0, 2**53 - 1))
def test_a_reset_travels_unchanged(state: HostState, seq: int) -> None:
    frame = Reset(state.host.machine_id, seq, NOW, state)
    assert unpack(pack(frame)) == frame


@given(host_states(), host_states())
def test_a_difference_travels_unchanged_and_still_fits(before: HostState, after: HostState) -> None:
    frame = as_diff("h", 1, 2, after, diff(before, after))
    arrived = unpack(pack(frame))
    assert isinstance(arrived, Diff)
    assert arrived == frame
    assert apply(before, arrived, arrived.taken_at, arrived.duration_ms) == after


def test_the_small_messages_travel_unchanged() -> None:
    metrics = Metrics(NOW, {"a" * 64: Usage(1, 2, None)})
    assert unpack(pack(Heartbeat(7, NOW))) == Heartbeat(7, NOW)
    assert unpack(pack(metrics)) == metrics
    for ack in (Ack(0), Ack(3, need="reset"), Ack(3, refused="why")):
        assert decode_ack(encode(ack)) == ack


def test_a_quiet_difference_says_nothing_but_itself() -> None:
    state = a_state([a_process(1)])
    shown = msgspec.json.decode(encode(as_diff("h", 1, 2, state, diff(state, state))))
    filled = {name: value for name, value in shown.items() if value != {}}
    assert filled == {"type": "diff", "host": "h", "base": 1, "seq": 2, "taken_at": NOW, "duration_ms": 12.5}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        unpack(data)
    with pytest.raises(MalformedFrame):
        unpack(zlib.compress(data))


@given(json_values)
def test_any_json_is_refused(value: Any) -> None:
    with pytest.raises(MalformedFrame):
        decode(msgspec.json.encode(value))
    with pytest.raises(MalformedFrame):
        decode_ack(msgspec.json.encode(value))


@given(st.integers(0, 100))
def test_a_frame_cut_short_is_refused(kept: int) -> None:
    whole = pack(Reset("h", 1, NOW, a_state([a_process(1)])))
    with pytest.raises(MalformedFrame):
        unpack(whole[: len(whole) * kept // 101])


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_a_frame_without_its_whole_checksum_is_refused(missing: int) -> None:
    with pytest.raises(MalformedFrame, match="cut short"):
        unpack(pack(Heartbeat(1, NOW))[:-missing])


def test_a_bomb_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_FRAME_BYTES", 1000)
    with pytest.raises(MalformedFrame, match="more than 1000 bytes"):
        unpack(zlib.compress(b" " * 10_000_000, 9))


@pytest.mark.parametrize(
    "opening", [b"[", b'{"a":', b'{"type":"reset","state":[', b'{"type":"diff","processes":{"add":[']
)
def test_deep_json_is_refused(opening: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode(opening * 200_000)


@given(st.data())
def test_a_field_of_any_wrong_type_is_refused_or_was_right(data: st.DataObject) -> None:
    frame = msgspec.json.decode(encode(Reset("h", 1, NOW, a_state([a_process(1)]))))
    places: list[dict[str, Any]] = [frame, frame["state"], frame["state"]["host"], frame["state"]["processes"][0]]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    try:
        arrived = decode(msgspec.json.encode(frame))
    except MalformedFrame:
        return
    assert isinstance(arrived, Reset)


def change(**fields: Any) -> bytes:
    """A good heartbeat with some fields put in or, as ``...``, taken out."""
    shown = {"type": "heartbeat", "seq": 1, "taken_at": NOW} | fields
    return msgspec.json.encode({name: value for name, value in shown.items() if value is not ...})


@pytest.mark.parametrize(
    "text",
    [
        change(type="other"),
        change(type=None),
        change(type=...),
        change(seq=...),
        change(seq=None),
        change(seq=-1),
        change(seq=2**63),
        change(seq="1"),
        change(seq=1.5),
        change(seq=True),
        change(taken_at=...),
        change(taken_at="x" * 41),
        b'{"type":"heartbeat","seq":1' + b"0" * 5000 + b',"taken_at":""}',
        b'{"type":"heartbeat","seq":1e400,"taken_at":""}',
        b'{"type":"heartbeat","seq":NaN,"taken_at":""}',
        b'{"type":"heartbeat","seq":1,"taken_at":"\xff"}',
        b'{"type":"heartbeat","seq":1,"taken_at":"\\ud800"}',
        change() + b"{}",
        b"null",
        b"",
    ],
)
def test_a_heartbeat_of_another_form_is_refused(text: bytes) -> None:
    assert decode(change()) == Heartbeat(1, NOW)
    with pytest.raises(MalformedFrame):
        decode(text)


@pytest.mark.parametrize("text", [b'{"seq":1,"refused":"\xff"}', b'{"seq":-1}', b"[" * 200_000, b"", b"{}"])
def test_an_answer_of_another_form_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_ack(text)


def test_a_machine_id_that_is_too_long_is_refused() -> None:
    with pytest.raises(MalformedFrame, match=r"\$\.host"):
        unpack(pack(Reset("h" * 129, 1, NOW, a_state([]))))


def test_the_host_in_a_reset_is_the_one_of_its_state() -> None:
    arrived = unpack(pack(Reset(HOST.machine_id, 1, NOW, a_state([]))))
    assert isinstance(arrived, Reset)
    assert arrived.state.host == HOST
