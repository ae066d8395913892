"""``manage.py check``: Django's own, with the checks of this host (``--tag host`` for those alone)."""

from __future__ import annotations

from django.core.management.commands.check import Command as Command

import inspector.checks  # noqa: F401  registers them
