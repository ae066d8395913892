"""Masking measured on lines of everyday tools: how many secrets are masked, and how many harmless lines are touched.

A line is written as for a shell; its secrets stand in « ». The rules were written from a table of tools, and
``secrets.txt`` and ``harmless.txt`` with them. The lines of ``*-held-out.txt`` were written afterwards, without a
look at the rules: of 251 lines with secrets 229 were masked then, and 2 of 134 harmless ones touched. What they
taught went into the rules, and ``*-fresh.txt`` was written: of 122 lines 121 were masked, and 5 of 100 touched.
What these taught is in the rules by now, too, and ``*-held-out-2.txt`` was written, again without a look at them: of
472 lines 419 were masked, and 13 of 338 touched. What those taught is in the rules, as kinds. Of the 553 lines of
``*-held-out-3.txt`` 491 were masked, and 5 of 414 touched; these too have taught the rules by now. They hold some 390
tools, most of them seldom seen. Of everyday ones alone, ``*-everyday.txt`` was written last, with the rules in mind:
of 242 lines 242 were masked, and none of 123 touched. Of the 435 lines of ``*-held-out-4.txt``, written without a
look at the rules, 392 were masked (of 131 lines of tools that no corpus had yet, 104), and 3 of 275 touched. What
they taught went into the rules as kinds: since then 427 are masked, and none touched.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from inspector.agent.collect.masking.mask import MASK, mask

FOLDER = Path(__file__).parents[4] / "fixtures" / "masking"
SECRET = re.compile("«([^»]*)»")


class Line(NamedTuple):
    """A line of a corpus."""

    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(SECRET.sub(r"\1", self.text))

    def leaks(self) -> bool:
        masked = mask(self.words)
        return any(secret in word for secret in SECRET.findall(self.text) for word in masked)

    def is_exact(self) -> bool:
        """Whether nothing but the secrets is masked."""
        return mask(self.words) == [SECRET.sub(MASK, word) for word in shlex.split(self.text)]


@cache
def read(kind: str) -> list[Line]:
    paths = sorted(FOLDER.glob(f"{kind}*.txt"))
    return [Line(line) for path in paths for line in path.read_text().splitlines() if line]


def tools() -> set[str]:
    """The programs of lines with secrets: the first word, behind what only runs another program."""
    before = {"sudo", "env", "docker", "kubectl", "sh", "bash", "ssh", "su", "app", "./server", "podman"}
    return {line.words[0].rpartition("/")[2] for line in read("secrets")} - before


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(read("secrets")) >= 300
    assert len(read("harmless")) >= 200
    assert len(tools()) >= 60
    assert all(SECRET.search(line.text) for line in read("secrets"))


def test_at_least_97_of_100_lines_with_secrets_are_masked() -> None:
    leaking = [line.text for line in read("secrets") if line.leaks()]
    assert len(leaking) <= len(read("secrets")) * 0.03, leaking


def test_at_most_1_of_100_harmless_lines_is_touched() -> None:
    touched = [line.text for line in read("harmless") if mask(line.words) != line.words]
    assert len(touched) <= len(read("harmless")) * 0.01, touched


def test_what_surrounds_the_secrets_stays_in_nine_of_ten_lines() -> None:
    inexact = [line.text for line in read("secrets") if not line.leaks() and not line.is_exact()]
    assert len(inexact) <= len(read("secrets")) * 0.1, inexact


@pytest.mark.parametrize("kind", ["secrets", "harmless"])
def test_masking_a_line_of_the_corpus_twice_is_masking_it_once(kind: str) -> None:
    for line in read(kind):
        once = mask(line.words)
        assert mask(once) == once


WRAPPERS = [
    "sudo -u root {}",
    "env -i A=b {}",
    "timeout 5 {}",
    "nice -n 5 {}",
    "docker exec -it db {}",
    "docker run --rm -it --name mysql image:1 {}",
    "kubectl exec -n x pod -- {}",
    "ssh -p 22 host {}",
    "/usr/bin/time -v nohup {}",
    'sh -c "exec {}"',
    'su -c "{}" postgres',
    "bash -c 'cd /x && {} | gzip > y; true'",
    "sh -c 'sudo timeout 5 {}'",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("line", ["mysql -uroot -pZq9 shop", "sshpass -p Zq9 ssh h", "zip -P Zq9 a b"])
def test_a_program_is_found_behind_whatever_runs_it(wrapper: str, line: str) -> None:
    masked = mask(shlex.split(wrapper.format(line)))
    assert not any("Zq9" in word for word in masked)
    assert any(MASK in word for word in masked)
