"""Makes the package's files before the wheel is packed; see ``deploy/wheel/stage.py``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stage(BuildHookInterface):  # type: ignore[type-arg]
    """The only step of the build that is ours."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the finished files into the wheel, below ``isoscope/``."""
        folder = Path(self.directory) / "stage"
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "deploy.wheel.stage", str(folder)], cwd=self.root, check=True)
        self.folder = folder
        build_data["force_include"][str(folder)] = "isoscope"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Only the wheel stays."""
        shutil.rmtree(self.folder)
