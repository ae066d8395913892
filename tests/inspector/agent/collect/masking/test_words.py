"""A script is split as a shell splits it, whatever it holds, and what is hidden in a part is hidden in the whole."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.masking.words import MASK, Word, split

plain = st.lists(st.text("abc XY'\"\\$-=:/.é", min_size=1, max_size=8), min_size=1, max_size=5)


def words(script: str) -> list[str]:
    return [word.text for command in split(Word(script)) for word in command.words]


@given(plain)
def test_quoted_words_come_out_as_they_went_in(values: list[str]) -> None:
    assert words(shlex.join(values)) == values


@pytest.mark.parametrize(
    "script", ["a b  c", "a 'b c' d", 'a "b c" d', 'x="a b"', r"a\ b c", "a'b'\"c\"d", r'"a\"b" c', r'"a\n" b']
)
def test_words_are_those_of_a_shell(script: str) -> None:
    assert words(script) == shlex.split(script)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_nothing_makes_it_fail(script: str) -> None:
    word = Word(script)
    for command in split(word):
        for part in command.words:
            part.hide()
    word.shown()


@given(st.lists(st.text('abc XY"\\$-=:/.é', max_size=8), min_size=1, max_size=5), st.integers(0, 4))
def test_a_hidden_part_is_hidden_in_the_whole_and_nothing_else(values: list[str], number: int) -> None:
    script = Word(shlex.join([f"kx{value}" for value in values]))
    (command,) = split(script)
    number %= len(values)
    command.words[number].hide(1)
    shown = words(script.shown())
    expected = [f"k{MASK}" if at == number else f"kx{value}" for at, value in enumerate(values)]
    assert shown == expected


def test_commands_end_where_a_shell_ends_them() -> None:
    commands = split(Word("a 1 | b 2; c && d || e & (f) $(g) `h`\ni"))
    assert [command.words[0].text for command in commands] == ["a", "b", "c", "d", "e", "f", "$", "g", "h", "i"]
    assert [command.feeds for command in commands][:2] == [True, False]
