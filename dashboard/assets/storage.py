"""Static files: hashed names, so that a browser may cache them for ever; packed and compressed, to load quickly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

from dashboard.assets.collected import NAME, digest_of_sources, state_of
from dashboard.assets.pack import pack_modules

COMMENT: Final = re.compile(rb"/\*\*(?!/).*?\*/[ \t]*\n?", re.DOTALL)


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """The compressed manifest storage, with the modules of the page packed.

    Where they cannot be packed they are served one by one, with their imports rewritten, and without their
    ``/** … */``: comments are half of a module, and a type named in one would count as an import.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 40  # one for each layer of modules; only a cycle needs more

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        files = pack_modules()
        bare = {name: (Bare(storage, files.get(name)), path) for name, (storage, path) in paths.items()}
        yield from super().post_process(bare, *args, **options)

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """The hashed names; none if the files are missing, or were collected from other sources."""
        if state_of(Path(self.location)) != "current":
            return {}, ""
        names, digest = super().load_manifest()
        return names, digest

    def save_manifest(self) -> None:
        super().save_manifest()
        Path(self.location, NAME).write_text(digest_of_sources())

    def stored_name(self, name: str) -> str:
        """The hashed name; the plain one if nothing was collected, so that pages still load."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


class Bare:
    """Another storage, one of whose modules is read without its comments, or packed."""

    def __init__(self, storage: Any, packed: bytes | None) -> None:
        self.storage, self.packed = storage, packed

    def open(self, path: str) -> File[bytes]:
        if self.packed is not None:
            return ContentFile(self.packed, name=path)
        with self.storage.open(path) as opened:
            content = opened.read()
        return ContentFile(strip_comments(content) if path.endswith(".js") else content, name=path)


def strip_comments(module: bytes) -> bytes:
    """The module without ``/** … */``."""
    return COMMENT.sub(b"", module)
