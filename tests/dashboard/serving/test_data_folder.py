"""The data folder: made for its owner alone, left as it is where it is there, refused where others may write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dashboard.serving.data_folder import make_data_folder
from dashboard.serving.launcher import CannotStart
from tests.support.running import Run, free_port


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    make_data_folder(tmp_path / "a" / "b")
    assert mode_of(tmp_path / "a" / "b") == 0o700


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o711, 0o2755])
def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    make_data_folder(tmp_path)
    assert mode_of(tmp_path) == mode


@pytest.mark.parametrize("mode", [0o770, 0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_may_write_in_is_refused_and_left_alone(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(CannotStart, match=f"mode {mode:04o}.*chmod go-w"):
        make_data_folder(tmp_path)
    assert mode_of(tmp_path) == mode


@pytest.mark.root
def test_another_accounts_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    before = mode_of(tmp_path)
    with pytest.raises(CannotStart, match="belongs to nobody"):
        make_data_folder(tmp_path)
    assert mode_of(tmp_path) == before


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="is no folder"):
        make_data_folder(tmp_path / "file")


def test_nothing_starts_on_a_folder_that_everybody_may_write_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o1777)
    run = Run(data, "--port", str(free_port()))
    assert run.process.wait(60) == 2
    assert "Others may write" in run.output and "Traceback" not in run.output
    assert mode_of(data) == 0o1777 and list(data.iterdir()) == []
