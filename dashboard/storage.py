"""Static files: hashed names, so that a browser may keep them for ever; compressed, so that they come quickly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

COMMENT: Final = re.compile(rb"/\*\*(?!/).*?\*/[ \t]*\n?", re.DOTALL)


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """The compressed manifest storage, with the imports of JavaScript modules rewritten too.

    Modules go out without their ``/** … */``: half of a module is for its reader, and what a comment says of another
    module's types would count as an import of it.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 40  # one for each layer of modules; only a cycle needs more

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        bare = {name: (Bare(storage), path) for name, (storage, path) in paths.items()}
        yield from super().post_process(bare, *args, **options)


class Bare:
    """Another storage, whose modules are read without their comments."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage

    def open(self, path: str) -> File[bytes]:
        with self.storage.open(path) as opened:
            content = opened.read()
        return ContentFile(strip_comments(content) if path.endswith(".js") else content, name=path)


def strip_comments(module: bytes) -> bytes:
    """The module without ``/** … */``."""
    return COMMENT.sub(b"", module)
