"""The administrators' pages: tokens of agents, and which user may see which host."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from dashboard.models import AgentToken, HostViewer


@admin.register(AgentToken)
class AgentTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tokens can be viewed and revoked here. ``manage.py token`` creates them, and shows their text once."""

    list_display = ("name", "machine_id", "created_at", "used_at", "revoked_at", "refused_for", "refused_at")
    readonly_fields = ("machine_id", "created_at", "used_at", "refused_for", "refused_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(HostViewer)
class HostViewerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "host")
    list_filter = ("host",)
