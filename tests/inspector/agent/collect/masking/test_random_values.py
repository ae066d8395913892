from __future__ import annotations

import shlex

import pytest

from inspector.agent.collect.masking.mask import MASK, mask
from inspector.agent.collect.masking.random_values import is_random

HEX = "4f75d2ecd253575fe9180938ebff7cbca262f96e"


@pytest.mark.parametrize(
    "line",
    [
        f"acme join --ticket {HEX}",
        f"acme join --ticket={HEX}",
        f"acme -decryption_key {HEX}",
        f"acme --routing-key {HEX}",
        f"acme login {HEX}",
        f"acme -t {HEX} run",
        "acme --bearer Kx9vLq2zz run",
        "acme unlock --pin 123456",
        "acme secret put name --value Kx9vLq2zz",
        "acme user:password bob Kx9vLq2zz",
        "acme change-password bob Kx9vLq2zz",
        "acme -u bob -p Kx9vLq2zz",
        "acme -p Kx9vLq2zz",
    ],
)
def test_what_looks_random_behind_a_name_that_may_tell_is_masked(line: str) -> None:
    words = shlex.split(line)
    masked = mask(words)
    assert [word for word in masked if MASK in word], masked
    assert not any(secret in " ".join(masked) for secret in (HEX, "Kx9vLq2zz", "123456"))


@pytest.mark.parametrize(
    "line",
    [
        "acme --ticket my-team-2024-release-notes",
        "acme --sort-key field_2_of_the_first_table",
        f"acme --public-key {HEX}",
        f"docker build -t registry.corp/team/app:{HEX} .",
        f"runc --id {HEX}",
        "acme login bob@example.org",
        "acme --auth oauth2",
        "acme --pin on",
        "acme user:password bob",
        "acme -p 8080",
        "passwd bob",
        "acme --api-key-file /etc/key -key /etc/ssl/private.pem",
        "agent -secret @/etc/agent/secret",
    ],
)
def test_what_people_write_behind_such_a_name_stays(line: str) -> None:
    words = shlex.split(line)
    assert mask(words) == words


def test_a_text_is_random_where_letters_and_digits_alternate_in_one_piece() -> None:
    assert is_random(HEX) and is_random("8f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0")
    assert (
        not is_random("my-service-2024-prod-eu1") and not is_random("abcdefghijkl") and not is_random("123456789012")
    )
