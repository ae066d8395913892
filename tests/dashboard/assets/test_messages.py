"""The server's pages in another language: nothing is left in English, and nothing is left over."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.utils.translation import override

from dashboard.assets import compile_messages
from dashboard.database_errors import Reason

ROOT = Path(__file__).resolve().parents[3]
KOREAN = ROOT / "locale/ko/LC_MESSAGES/django.po"
MARKED = (
    r"""\{% translate (["'])(?P<text>.*?)\1 %\}""",
    r"""\{% blocktranslate trimmed %\}(?P<text>.*?)\{% endblocktranslate %\}""",
    r"""\b(?:_|gettext_lazy)\(\s*"(?P<text>[^"]+)"\s*\)""",
)


def marked_texts() -> set[str]:
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("dashboard/**/*.py")]
    texts = {
        match["text"] for file in files for form in MARKED for match in re.finditer(form, file.read_text(), re.S)
    }
    return {" ".join(text.split()) for text in texts}


def sentences_of_trouble() -> set[str]:
    return {reason.value for reason in Reason}


def test_every_text_of_the_servers_pages_has_a_korean_one() -> None:
    said = {entry.msgid for entry in polib.pofile(str(KOREAN)) if entry.msgstr}
    needed = marked_texts() | sentences_of_trouble()
    assert len(needed) > 50
    assert needed - said == set(), "not translated yet"
    assert said - needed == set(), "translated, but said nowhere"


def test_a_translation_keeps_the_markup_of_its_text() -> None:
    for entry in polib.pofile(str(KOREAN)):
        assert sorted(re.findall(r"<[^>]+>", entry.msgid)) == sorted(re.findall(r"<[^>]+>", entry.msgstr))


@pytest.mark.django_db
def test_the_sign_in_page_speaks_the_language_that_was_chosen(client: Client) -> None:
    compile_messages.main()
    assert client.post("/language", {"language": "ko", "next": "/sign-in"}).url == "/sign-in"  # type: ignore[attr-defined]
    page = client.get("/sign-in").content.decode()
    assert '<html lang="ko">' in page
    assert "사용자 이름" in page
    with override("en"):
        assert "User name" in Client().get("/sign-in").content.decode()


@pytest.mark.django_db
def test_choosing_a_language_leads_to_no_other_site(client: Client) -> None:
    assert client.post("/language", {"language": "ko", "next": "https://evil.example/"}).url == "/"  # type: ignore[attr-defined]
