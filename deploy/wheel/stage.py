"""What the wheel is made of, in one folder: ``python -m deploy.wheel.stage FOLDER``.

The finished page: packed, with D3 in it; translations compiled. Where the wheel runs there is no Node.js and no
compiler. ``manage.py`` is called ``isoscope`` there, so texts say so.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from dashboard.assets import bundle_d3, compile_messages
from dashboard.assets.pack import PACKED, pack_modules

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("inspector", "dashboard", "static", "templates", "locale")
FILES: Final = ("manage.py", "package-lock.json", "LICENSE")
DRAWING: Final = ("@resvg/resvg-wasm", "@expo-google-fonts/inter")
"""Packages with which PNG is drawn, where there is Node.js: no programs of this machine."""

NOT_SHIPPED: Final = shutil.ignore_patterns(
    "__pycache__", "*.pyc", "*.po", "*_Italic", "100*", "200*", "300*", "500*", "900*"
)
CALLED: Final = re.compile(r"manage\.py (?=[a-z…])")
TEXTS: Final = (".py", ".js", ".html")


def stage(folder: Path) -> None:
    """Write the package's files into a new folder.

    :raises RuntimeError: the page could not be packed.
    """
    finish()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_SHIPPED)
    for name in DRAWING:
        shutil.copytree(ROOT / "node_modules" / name, folder / "node_modules" / name, ignore=NOT_SHIPPED)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(Path(__file__).with_name("isoscope.py"), folder / "__init__.py")
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("__pycache__", "wheel"))
    call_it_isoscope(folder)
    compile_messages.main(folder / "locale", retell)
    write_packed(folder)
    collect_licences(folder / "licences")


def finish() -> None:
    """Bundle D3 where that was not done."""
    bundle_d3.provide_node()
    if not (ROOT / "static" / "vendor" / "d3.js").exists() or not (ROOT / "node_modules" / "esbuild").exists():
        bundle_d3.main()


def retell(text: str) -> str:
    """The text, with the command's name in a package."""
    return CALLED.sub("isoscope ", text)


def call_it_isoscope(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix in TEXTS and "node_modules" not in path.parts:
            text = path.read_text()
            if (told := retell(text)) != text:
                path.write_text(told)


def write_packed(folder: Path) -> None:
    packed = pack_modules(folder / "static")
    if not packed:
        raise RuntimeError("the page could not be packed: “make ready” says why")
    texts = {name: text.decode() for name, text in packed.items()}
    (folder / PACKED.relative_to(ROOT)).write_text(json.dumps(texts, ensure_ascii=False))


def collect_licences(folder: Path) -> None:
    """The licences of what the page is packed with."""
    folder.mkdir()
    for path in sorted((ROOT / "node_modules").glob("d3-*/LICENSE")):
        shutil.copy(path, folder / f"{path.parent.name}.txt")


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
