"""``manage.py check``: Django's own, with the checks of this host, and of the database and the static files.

``--tag host`` and ``--tag server`` are for these alone.
"""

from __future__ import annotations

from django.core.management.commands.check import Command as Command

import dashboard.checks  # noqa: F401  registers them
import inspector.checks  # noqa: F401
