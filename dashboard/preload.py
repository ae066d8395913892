"""Which modules a module needs, so that a browser may ask for all of them at once instead of layer after layer."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders

from dashboard.storage import strip_comments

IMPORT: Final = re.compile(rb"""^(?:import|export)\b[^;"']*?["'](\.[^"']+)["'];""", re.MULTILINE)


@lru_cache
def modules_of(name: str) -> tuple[str, ...]:
    """The module and everything that it imports, directly or not, by name below ``static/``; the nearest first.

    What is imported only when it is called for is left out. Read once in the life of a process.
    """
    found = [name]
    for module in found:
        found += [other for other in imports_of(module) if other not in found]
    return tuple(found)


def imports_of(name: str) -> list[str]:
    path = finders.find(name)
    if not path:
        return []
    targets = IMPORT.findall(strip_comments(Path(path).read_bytes()))
    folder = posixpath.dirname(name)
    return list(dict.fromkeys(posixpath.normpath(posixpath.join(folder, target.decode())) for target in targets))
