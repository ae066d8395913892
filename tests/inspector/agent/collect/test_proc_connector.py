"""The kernel's messages about processes: parsed as captured, filtered as the kernel would."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.agent.collect.proc_connector import (
    COMM,
    EXEC,
    EXIT,
    FORK,
    UID,
    Answer,
    Event,
    make_filter,
    parse_message,
)

LIFE = Path(__file__).resolve().parents[3] / "fixtures" / "connector" / "a-life.txt"


def captured() -> tuple[int, list[bytes]]:
    """The pid whose life it was, and the messages."""
    first, *lines = LIFE.read_text().splitlines()
    return int(first.split()[1]), [bytes.fromhex(line) for line in lines]


def passes(message: bytes) -> bool:
    """What the kernel does with the filter: classic BPF, loads in network order."""
    accumulator = x = at = 0
    program = make_filter()
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == 0x20:
            accumulator = int.from_bytes(message[operand : operand + 4], "big")
        elif code == 0x07:
            x = accumulator
        elif code == 0x06:
            return operand > 0
        else:
            at += if_true if accumulator == (x if code == 0x1D else operand) else if_false


def test_a_life_is_told_from_its_fork_to_its_exit_and_threads_are_left_out() -> None:
    pid, messages = captured()
    events = [event for message in messages if isinstance(event := parse_message(message), Event)]
    assert {event.pid for event in events} == {pid}
    assert [event.what for event in events] == [FORK, COMM, UID, EXEC, EXIT]
    assert [event.at_ns for event in events] == sorted(event.at_ns for event in events)


def test_the_answer_names_the_request_it_answers_and_whether_it_was_accepted() -> None:
    _, messages = captured()
    assert parse_message(messages[0]) == Answer(number=14156090, error=0)


def test_the_filter_passes_exactly_what_the_parser_accepts() -> None:
    _, messages = captured()
    taken = [message for message in messages if parse_message(message) is not None]
    assert [message for message in messages if passes(message)] == taken
    assert 0 < len(taken) < len(messages)


@pytest.mark.parametrize("size", [0, 16, 36, 67])
def test_what_is_cut_short_is_no_event(size: int) -> None:
    _, messages = captured()
    assert parse_message(messages[1][:size]) is None
