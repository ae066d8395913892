"""Pictures drawn by a real Node.js: over HTTP, for each kind of visitor, and by the module below it."""

from __future__ import annotations

import struct
import xml.sax
from collections.abc import Iterator
from pathlib import Path
from xml.sax.handler import ContentHandler

import msgspec
import pytest

from dashboard.assets import node
from dashboard.pictures import draw
from inspector.facts.types import HostState
from inspector.history import record
from inspector.protocol.frames import Reset, encode
from tests.dashboard.conftest import MACHINE, People
from tests.support.states import HOST, a_container, a_process, a_state

URL = f"/api/v1/hosts/{MACHINE}/picture"
HOSTILE = '</text><script>alert(1)</script>&"\x00\x1b[31m\u202e\ufffe'


class Reader(ContentHandler):
    """What a strict reader of XML makes of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""

    def startElement(self, name: str, attrs: object) -> None:
        self.elements.append(name)

    def characters(self, content: str) -> None:
        self.text += content


def read(svg: bytes) -> Reader:
    reader = Reader()
    xml.sax.parseString(svg, reader)
    return reader


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def hostile_state() -> HostState:
    container = a_container(1, name=HOSTILE)
    host = msgspec.structs.replace(HOST, hostname=HOSTILE)
    inside = a_process(7, HOSTILE, container=container.id, role="init", cmdline=(HOSTILE,))
    state = a_state([a_process(1), inside], containers=[container])
    return msgspec.structs.replace(state, host=host)


def draw_state(state: HostState, query: str = "", form: draw.Form = "svg") -> bytes:
    return draw.draw([draw.Subject(1, encode(state))], query, form)


def test_hostile_names_leave_well_formed_xml_with_the_same_elements() -> None:
    reader = read(draw_state(hostile_state(), "show=host"))
    assert "script" not in reader.elements
    assert "<script>alert(1)</script>" in reader.text
    assert not set(reader.text) & set("\x00\x1b\u202e\ufffe")


def test_a_picture_that_cannot_be_made_is_never_unchanged(two: People) -> None:
    tag = two.viewer.get(f"{URL}.svg").headers["ETag"]
    assert two.viewer.get(f"{URL}.svg?view=nonsense", headers={"if-none-match": tag}).status_code == 422
    assert two.viewer.get(f"{URL}.svg?at=99", headers={"if-none-match": tag}).status_code == 404


def test_a_png_has_the_size_and_the_scale_that_were_asked_for() -> None:
    state = hostile_state()
    assert [size_of(draw_state(state, f"size=800x600&scale={scale}", "png")) for scale in (1, 2)] == [
        (800, 600),
        (1600, 1200),
    ]
    assert draw_state(state, "size=400x300", "png") == draw_state(state, "size=400x300", "png")


def test_a_png_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(draw.BadOptions, match="too large"):
        draw_state(hostile_state(), "size=16000x16000", "png")


def test_who_draws_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "TIME_LIMIT", 0.001)
    with pytest.raises(draw.CannotDraw, match=r"within 0\.001 seconds"):
        draw_state(hostile_state())


def test_who_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "HEAP", 4)
    with pytest.raises(draw.CannotDraw, match="more memory"):
        draw_state(hostile_state())
    monkeypatch.undo()
    monkeypatch.setattr(draw, "MEMORY", 300 * 2**20)
    with pytest.raises(draw.CannotDraw, match="more memory"):
        draw_state(hostile_state(), "size=8000x8000", "png")


def test_not_more_than_two_draw_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "PATIENCE", 0.01)
    with draw.turns, draw.turns, pytest.raises(draw.TooBusy):
        draw_state(hostile_state())
    assert draw_state(hostile_state())


def test_without_node_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_in_wheel", lambda: None)
    node.find_node.cache_clear()
    try:
        with pytest.raises(draw.CannotDraw, match=r"Node\.js .*python -m dashboard\.assets\.bundle_d3"):
            draw_state(hostile_state())
    finally:
        monkeypatch.undo()
        node.find_node.cache_clear()


@pytest.fixture
def two(people: People) -> Iterator[People]:
    """At seq 2 a container has come."""
    container = a_container(1, name="web")
    state = a_state(
        [a_process(1), a_process(7, "httpd", container=container.id, role="init")],
        containers=[container],
        taken_at="2026-11-23T04:10:00+00:00",
    )
    record.record(Reset(host=MACHINE, seq=2, taken_at=state.taken_at, state=state))
    yield people


def test_only_who_may_see_the_host_gets_a_picture_of_it(two: People) -> None:
    visitors = (two.nobody, two.stranger, two.viewer, two.administrator)
    for form in ("svg", "png"):
        assert [who.get(f"{URL}.{form}").status_code for who in visitors] == [401, 404, 200, 200]


def test_a_picture_shows_now_another_moment_or_two_compared(two: People) -> None:
    def text_of(query: str) -> str:
        answer = two.viewer.get(f"{URL}.svg?{query}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
        return read(answer.content).text

    assert "2026-11-23 04:10:00 UTC · snapshot 2" in text_of("")
    assert "httpd" in text_of("at=now")
    assert "httpd" not in text_of("at=1")
    assert "httpd" not in text_of("at=2026-11-23T03:30:00%2B00:00")
    compared = text_of("from=1&to=2")
    assert "before: 2026-11-23 03:10:00 UTC · snapshot 1" in compared
    assert "came" in compared
    assert "httpd" not in text_of("from=1&to=2&side=before")
    assert "web" not in text_of("mask=1")


def test_the_same_state_and_options_are_answered_from_what_the_browser_has(two: People) -> None:
    first = two.viewer.get(f"{URL}.png?theme=dark&size=400x300")
    tag = first.headers["ETag"]
    again = two.viewer.get(f"{URL}.png?size=400x300&at=2&theme=dark", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert first.headers["Cache-Control"] == "private, no-cache"
    others = [two.viewer.get(f"{URL}.{other}").headers["ETag"] for other in ("png", "svg", "png?at=1", "svg?at=1")]
    assert len({tag, *others}) == 5
    assert first.headers["Content-Disposition"] == 'inline; filename="orchid-2.png"'


@pytest.mark.parametrize(
    ("query", "status", "why"),
    [
        ("theme=blue", 422, "light, dark"),
        ("colour=blue", 422, "no option"),
        ("at=soon", 422, "not a moment"),
        ("from=1", 422, "both"),
        ("from=1&to=2&at=1", 422, "two"),
        ("at=99", 404, "99"),
        ("open=nobody", 422, "no container"),
        (f"title={'x' * 201}", 422, ""),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(two: People, query: str, status: int, why: str) -> None:
    answer = two.viewer.get(f"{URL}.svg?{query}")
    assert answer.status_code == status
    assert why in str(answer.json()["detail"])


@pytest.mark.parametrize(("form", "kind", "start"), [("mmd", "mermaid", b"---"), ("drawio", "mxfile", b"<?xml")])
def test_pictures_are_served_as_text_too(two: People, form: str, kind: str, start: bytes) -> None:
    assert two.stranger.get(f"{URL}.{form}").status_code == 404
    answer = two.viewer.get(f"{URL}.{form}?from=1&to=2")
    assert kind in answer.headers["Content-Type"]
    assert answer.content.startswith(start)
    assert b"+ web" in answer.content or b"#43; web" in answer.content


def test_there_are_no_other_forms(two: People) -> None:
    assert two.viewer.get(f"{URL}.gif").status_code == 422


def test_an_installation_that_cannot_draw_says_so(two: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "find_node", lambda: None)
    answer = two.viewer.get(f"{URL}.svg?title=never-drawn")
    assert answer.status_code == 503
    assert "Node.js" in answer.json()["detail"]
