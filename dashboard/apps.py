from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Isoscope"

    def ready(self) -> None:
        from dashboard.accounts import audit, pauses, revocation

        revocation.watch()
        pauses.watch()
        audit.watch()
