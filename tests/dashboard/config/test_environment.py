"""Settings from the environment: typed, refused by name when bad, and every one of them documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from channels_redis.core import RedisChannelLayer
from django.core.exceptions import ImproperlyConfigured

from dashboard.config.databases import read_channel_layer, read_database
from dashboard.config.environment import (
    read_address,
    read_bool,
    read_choice,
    read_folder,
    read_list,
    read_number,
    read_text,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://ops.example.org/isoscope", ("https", "ops.example.org", "https://ops.example.org", "/isoscope")),
        ("https://OPS.example.org/a/b/", ("https", "ops.example.org", "https://ops.example.org", "/a/b")),
        ("http://10.1.2.3:8080", ("http", "10.1.2.3", "http://10.1.2.3:8080", "")),
        ("http://[::1]:8080/", ("http", "[::1]", "http://[::1]:8080", "")),
    ],
)
def test_one_address_gives_scheme_host_origin_and_path(
    monkeypatch: pytest.MonkeyPatch, text: str, parts: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ISOSCOPE_X", text)
    assert read_address("ISOSCOPE_X") == parts


@pytest.mark.parametrize(
    "text",
    [
        "ops.example.org",
        "ftp://x",
        "https://",
        "https://x/?a",
        "https://me@x",
        "https://x/../y",
        "https://x//y",
        "https://x y",
    ],
)
def test_what_is_no_address_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ISOSCOPE_X", text)
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_X"):
        read_address("ISOSCOPE_X")


def test_an_unset_or_empty_variable_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSCOPE_X", "")
    assert read_text("ISOSCOPE_X", "a") == "a"
    assert read_bool("ISOSCOPE_X", True) is True
    assert read_number("ISOSCOPE_X", 5, 1, 9) == 5
    assert read_list("ISOSCOPE_X", ["b"]) == ["b"]
    assert read_choice("ISOSCOPE_X", ("c", "d"), "d") == "d"
    assert read_folder("ISOSCOPE_X", Path("/c")) == Path("/c")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("0", False)])
def test_a_switch_takes_the_usual_words(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("ISOSCOPE_X", text)
    assert read_bool("ISOSCOPE_X", not value) is value


@pytest.mark.parametrize("text", ["maybe", "2", "tru"])
def test_a_bad_switch_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ISOSCOPE_X", text)
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_X"):
        read_bool("ISOSCOPE_X", False)


@pytest.mark.parametrize("text", ["0", "10", "five", "nan", "inf"])
def test_a_number_out_of_range_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ISOSCOPE_X", text)
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_X"):
        read_number("ISOSCOPE_X", 5, 1, 9)


def test_a_word_that_is_none_of_the_few_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSCOPE_X", "kernel")
    assert read_choice("ISOSCOPE_X", ("auto", "kernel"), "auto") == "kernel"
    monkeypatch.setenv("ISOSCOPE_X", "ebpf")
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_X is 'ebpf'; it takes auto, kernel"):
        read_choice("ISOSCOPE_X", ("auto", "kernel"), "auto")


def test_a_database_url_chooses_postgresql() -> None:
    settings = read_database("postgresql://me:p%40ss@db:5433/scope?sslmode=require", Path("/x"))
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"], settings["PORT"]) == (
        "me",
        "p@ss",
        "db",
        "5433",
    )
    assert (settings["NAME"], settings["OPTIONS"]["sslmode"]) == ("scope", "require")
    assert settings["OPTIONS"]["options"] == "-c lock_timeout=20s"


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://host", "nonsense", "sqlite://"])
def test_another_database_is_refused_with_the_form_it_takes(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_DATABASE_URL takes"):
        read_database(url, Path("/x"))


def test_a_redis_url_chooses_redis_and_nothing_else_is_taken() -> None:
    assert "redis" in read_channel_layer("redis://127.0.0.1:6379/0")["BACKEND"].lower()
    with pytest.raises(ImproperlyConfigured, match="ISOSCOPE_REDIS_URL"):
        read_channel_layer("http://127.0.0.1")


def test_every_variable_that_the_code_reads_is_documented() -> None:
    sources = [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("inspector/**/*.py")]
    read = {name for path in sources for name in re.findall(r"ISOSCOPE_[A-Z_]+", path.read_text())}
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert read
    assert {name for name in read if f"`{name}`" not in documented} == set()


def test_redis_has_longer_to_answer_than_channels_redis_blocks() -> None:
    layer = read_channel_layer("redis://127.0.0.1:6379/0")
    assert layer["CONFIG"]["hosts"][0]["socket_timeout"] > RedisChannelLayer.brpop_timeout
