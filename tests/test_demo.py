from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("address", ["unix://{folder}/docker.sock", "tcp://127.0.0.1:1"])
def test_without_docker_the_demo_says_so_in_one_sentence(tmp_path: Path, address: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.demo", "start"],
        env={"DOCKER_HOST": address.format(folder=tmp_path)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 2
    reason = "No such file or directory" if address.startswith("unix") else "Connection refused"
    assert answer.stderr == f"Docker does not answer: {reason}. Start it, or become a user who may use it.\n"
