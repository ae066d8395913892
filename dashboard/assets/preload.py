"""Which modules a module imports, so that a browser requests all of them at once and not layer by layer."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from dashboard.assets.storage import ModuleStorage, strip_comments

IMPORT: Final = re.compile(
    rb"""(?:^|;)(?:import|export)\b[^;"']*?["'](\.[^"']+)["'];""",
    re.MULTILINE,
)


@lru_cache
def modules_of(name: str) -> tuple[str, ...]:
    """The module and everything that it imports, directly or not, by its path below ``static/`` as it is served.

    The nearest come first; dynamic imports are left out. Read once per process.
    """
    found = [staticfiles_storage.stored_name(name) if isinstance(staticfiles_storage, ModuleStorage) else name]
    for module in found:
        found += [other for other in imports_of(module) if other not in found]
    return tuple(found)


def imports_of(name: str) -> list[str]:
    path = staticfiles_storage.path(name) if isinstance(staticfiles_storage, ModuleStorage) else ""
    if not Path(path).is_file():
        path = finders.find(name)  # it was not collected
    if not path:
        return []
    targets = IMPORT.findall(strip_comments(Path(path).read_bytes()))
    folder = posixpath.dirname(name)
    return list(dict.fromkeys(posixpath.normpath(posixpath.join(folder, target.decode())) for target in targets))
