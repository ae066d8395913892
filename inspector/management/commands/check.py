"""``manage.py check``: Django's own, which here looks at the host as well (``--tag host`` for that alone)."""

from __future__ import annotations

from django.core.management.commands.check import Command as Command

import inspector.checks  # noqa: F401  registers them
