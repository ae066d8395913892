"""Labels of containers are masked as command lines are."""

from __future__ import annotations

import pytest

from inspector.agent.collect.masking.mask import MASK, STANDARD

HARMLESS = {
    "com.docker.compose.project": "shop",
    "org.opencontainers.image.source": "https://github.com/x/y",
    "traefik.http.routers.web.rule": "Host(`x.example`)",
    "com.example.token-file": "/run/token",
    "maintainer": "Jane <jane@example.org>",
    "empty-password": "",
    "app.secret.enabled-token": "true",
}


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("com.example.db-password", "hunter2", MASK),
        ("API_TOKEN", "hunter2", MASK),
        ("db.url", "postgres://me:hunter2@db/x", f"postgres://me:{MASK}@db/x"),
        ("env", "A=b;DB_PASSWORD=hunter2", f"A=b;DB_PASSWORD={MASK}"),
        ("cmd", "mysqladmin -phunter2 ping", f"mysqladmin -p{MASK} ping"),
        ("traefik.http.middlewares.a.basicauth.users", "me:$apr1$x$hunter2", MASK),
        ("note", "see https://hooks.slack.com/services/T0/B0/xyz", f"see https://hooks.slack.com/services/{MASK}"),
    ],
)
def test_a_secret_in_a_label_is_masked(name: str, value: str, masked: str) -> None:
    assert STANDARD.mask_labels({name: value}) == {name: masked}


def test_other_labels_stay_as_they_are() -> None:
    assert STANDARD.mask_labels(HARMLESS) == HARMLESS
