"""Pictures as text, as their readers see them: DOT by Graphviz, draw.io as XML, Mermaid by the grammar we write."""

from __future__ import annotations

import html
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from typing import Final

import msgspec
import pytest

from dashboard.pictures import draw
from inspector.facts.types import Container, HostState
from inspector.protocol.frames import encode
from tests.support.states import HOST, a_container, a_process, a_state

PROJECT: Final = "com.docker.compose.project"
HOSTILE: Final = (
    *("end", 'a"b', "x]y", "--> z", '%%{init: {"theme":"dark"}}%%', "`code`", "1. list", "- item", "+ plus"),
    *("style x:#a;", "classDef a:#b;", "</text><script>alert(1)</script>", "&lt;b&gt;", "한글 이름", "]]>", "#quot;"),
    *("subgraph x", "\\N\\", "_em_ *s* __init__", "https://x.y/z", "$$x$$", "{{;}}", "<!-- x", "n1", "😀"),
)
CHANGED: Final = ("a\nb\tc", "\u202eabc\x00", "z" * 4096)
"""Names that no picture shows as they are: invisible letters get marks, and what is longer than a line is cut."""

NODE: Final = re.compile(
    r'n_\w+(?:\(\["([^"\\]*)"\]\)|\("([^"\\]*)"\)|\[\["([^"\\]*)"\]\]|>"([^"\\]*)"\]|\["([^"\\]*)"\])'
)
FRAME: Final = re.compile(r'subgraph [np]_\w+\["([^"\\]*)"\]')
LABEL: Final = re.compile(r"(?:[\w .,:/\-+()=@×·…’−]|<br/>|#\d+;)*")
LINK: Final = re.compile(r"[np]_\w+ (?:-->|-\.->|---|===\|[a-z ]+\||~~~) [np]_\w+(?: ~~~ n_\w+)*")
STYLE: Final = re.compile(r"classDef \w+ [\w#:, .-]+|class [\w,]+ \w+")
HEAD: Final = re.compile(r'---\ntitle: ("(?:[^"\\]|\\u[0-9a-f]{4})*")\n---\n((?:%% [^\n]*\n)*)flowchart LR\n')


def named(*names: str, project: str = "") -> HostState:
    """A host with a container of each name, and in each a process of that name."""
    labels = {PROJECT: project} if project else {}
    containers = [a_container(at, name=name, image=name, labels=labels) for at, name in enumerate(names, 1)]
    inside = [a_process(100 + at, one.name, container=one.id, role="init") for at, one in enumerate(containers)]
    host = msgspec.structs.replace(HOST, hostname=names[-1])
    return msgspec.structs.replace(a_state([a_process(1), *inside], containers=containers), host=host)


def draw_states(form: draw.Form, query: str, *states: HostState) -> str:
    return draw.draw([draw.Subject(1, encode(state)) for state in states], query, form).decode()


def read_mermaid(text: str) -> set[str]:
    """Every text that it shows. Each line has to be of the grammar that we write, and frames have to close."""
    head = HEAD.match(text)
    assert head, text[:200]
    shown, depth = {json.loads(head[1])}, 0
    for line in map(str.strip, text[head.end() :].splitlines()):
        node, frame = NODE.fullmatch(line), FRAME.fullmatch(line)
        depth += (frame is not None) - (line == "end")
        for label in filter(None, [*(node.groups() if node else ()), frame and frame[1]]):
            assert LABEL.fullmatch(label), label
            shown |= {read_codes(part) for part in re.split(r"<br/>| · ", label)}
        assert node or frame or line == "end" or LINK.fullmatch(line) or STYLE.fullmatch(line), line
    assert depth == 0
    return shown


def read_codes(text: str) -> str:
    """What Mermaid makes of its entity codes."""
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text)


def read_dot(text: str) -> set[str]:
    """Every text that Graphviz shows."""
    made = subprocess.run(["dot", "-Tjson0"], input=text, capture_output=True, text=True, check=True)
    assert made.stderr == ""
    graph = json.loads(made.stdout)
    labels = [graph["label"], *(one.get("label", "") for one in graph["objects"])]
    return {html.unescape(part) for label in labels for part in re.sub(r"\\(.)", unescaped, label).split("\n")}


def unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def read_drawio(text: str) -> set[str]:
    """Every text in its cells, each of which is in one that is there and joins two that are."""
    root = ET.fromstring(text)
    cells = {cell.attrib["id"]: cell.attrib for cell in root.iter("mxCell")}
    assert len(cells) == len(list(root.iter("mxCell")))
    for cell in cells.values():
        assert {cell.get(name, "0") for name in ("parent", "source", "target")} <= cells.keys()
    return {part for cell in cells.values() for part in cell.get("value", "").split("\n")}


READERS: Final = {"mmd": read_mermaid, "dot": read_dot, "drawio": read_drawio}
WITH_DOT: Final = ["mmd", pytest.param("dot", marks=pytest.mark.graphviz), "drawio"]


@pytest.mark.parametrize("form", WITH_DOT)
def test_every_name_is_shown_as_it_is_whatever_stands_in_it(form: draw.Form) -> None:
    shown = READERS[form](draw_states(form, "", named(*CHANGED, *HOSTILE)))
    assert set(HOSTILE) - shown == set()
    assert {"a·b·c", "⟨U+202E⟩abc␀"} <= shown
    assert not any("z" * 100 in text or "\u202e" in text for text in shown)


@pytest.mark.parametrize("form", WITH_DOT)
def test_what_is_masked_in_the_picture_is_masked_in_the_text_projects_too(form: draw.Form) -> None:
    state = named("web", "db", project="shop")
    assert {"shop", "web", "db"} <= READERS[form](draw_states(form, "", state))
    masked = draw_states(form, "mask=1", state)
    assert {"project-1", "container-1", "image-1", "host-1"} <= READERS[form](masked)
    assert not re.search("web|shop", masked)


def with_state(state: HostState, containers: list[Container]) -> HostState:
    held = {one.id for one in containers}
    return a_state([one for one in state.processes if one.container in {None, *held}], containers=containers)


@pytest.mark.parametrize("form", WITH_DOT)
def test_a_comparison_marks_what_came_and_went(form: draw.Form) -> None:
    state = named("web", "db", "cache")
    web, db, cache = sorted(state.containers, key=lambda one: ["web", "db", "cache"].index(one.name))
    before, after = with_state(state, [web, db]), with_state(state, [web, cache])
    assert {"web", "− db", "+ cache"} <= READERS[form](draw_states(form, "", before, after))


def test_the_side_of_a_comparison_lacks_what_it_does_not_have() -> None:
    state = named("web", "db")
    one, both = with_state(state, [one for one in state.containers if one.name == "web"]), state
    shown = read_mermaid(draw_states("mmd", "side=before", one, both))
    assert "web" in shown
    assert "+ db" not in shown


def test_containers_of_a_project_stand_in_its_frame_and_many_others_in_one() -> None:
    alone = draw_states(
        "mmd", "all=0&shut=" + ",".join(f"c{at}" for at in range(9)), named(*(f"c{at}" for at in range(9)))
    )
    assert 'subgraph p_containers["Containers"]' in alone
    assert " ~~~ " in alone
    together = draw_states("mmd", "", named("web", "db", project="shop")).splitlines()
    start = together.index('  subgraph p_shop["shop"]')
    assert together[start + 1].startswith("    subgraph n_db[")
    assert read_mermaid("\n".join(together))


def test_the_text_does_not_depend_on_pids_and_names_no_moment_outside_of_its_comments() -> None:
    state = named("web", "db")
    later = msgspec.structs.replace(
        a_state(
            [a_process(one.pid + 7000, one.comm, container=one.container, role=one.role) for one in state.processes],
            containers=list(state.containers),
            taken_at="2027-01-01T00:00:00+00:00",
        ),
        host=state.host,
    )
    texts = [draw_states("mmd", "", one) for one in (state, later)]
    assert texts[0] != texts[1]
    plain = [[line for line in text.splitlines() if not line.startswith("%%")] for text in texts]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(("query", "why"), [("view=matrix", "not the matrix"), ("size=800x600", "no size")])
def test_what_a_diagram_cannot_show_is_refused_in_words(query: str, why: str) -> None:
    with pytest.raises(draw.BadOptions, match=why):
        draw_states("mmd", query, named("web"))


def test_a_diagram_that_mermaid_would_not_render_is_refused_and_dot_is_not() -> None:
    many = named(*(f"container-{at}-{'x' * 90}" for at in range(150)))
    with pytest.raises(draw.BadOptions, match="Mermaid renders 50000 letters"):
        draw_states("mmd", "", many)
    assert draw_states("dot", "", many).count("label=") > 150
