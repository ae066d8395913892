"""The page of alerts, for administrators: rules, a test of each, and the log of what was sent."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import audit
from dashboard.alerts.send import check_url
from dashboard.alerts.teller import deliver, test_message
from dashboard.models import AlertMessage, AlertRule, AuditEvent
from inspector.analysis.feed.entries import KINDS
from inspector.errors import IsoscopeError
from inspector.facts.namespaces import TYPES
from inspector.models import Host

LISTED: Final = 50
"""Messages in the log on the page."""

may_manage: Final = permission_required("dashboard.change_alertrule", raise_exception=True)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule as it is written on the page."""

    kinds = forms.MultipleChoiceField(
        choices=[(kind, kind) for kind in KINDS if kind not in ("agent-away", "agent-back")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Kinds"),
        help_text=gettext_lazy("None chosen: everything in the feed but what is folded."),
    )
    hosts = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Only these hosts")
    )
    type = forms.ChoiceField(
        choices=[("", gettext_lazy("any")), *((kind, kind) for kind in TYPES)],
        required=False,
        label=gettext_lazy("Type of namespace"),
    )

    class Meta:
        model = AlertRule
        fields = (
            *("name", "way", "target", "kinds", "container", "type", "text", "away_minutes", "hosts"),
            *("once", "group_s", "quiet_from", "quiet_to", "zone", "enabled"),
        )
        labels: Final = {
            "name": gettext_lazy("Name"),
            "way": gettext_lazy("Send by"),
            "target": gettext_lazy("To"),
            "container": gettext_lazy("Containers"),
            "text": gettext_lazy("Words in it"),
            "away_minutes": gettext_lazy("When an agent is away for so many minutes"),
            "once": gettext_lazy("Tell once until it ends"),
            "group_s": gettext_lazy("Seconds in which what follows is one message"),
            "quiet_from": gettext_lazy("Quiet from"),
            "quiet_to": gettext_lazy("Quiet to"),
            "zone": gettext_lazy("Time zone of the quiet hours"),
            "enabled": gettext_lazy("Enabled"),
        }
        help_texts: Final = {
            "target": gettext_lazy("A URL, or addresses of e-mail with commas between them."),
            "container": gettext_lazy("A name, or a pattern such as *-prod. Empty: all, and the host itself."),
        }
        widgets: Final = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_to": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["hosts"]
        hosts = Host.objects.filter(importing=False, imported_at=None).order_by("hostname")
        field.choices = [(host.machine_id, str(host)) for host in hosts]

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValidationError(_("There is no such time zone.")) from None
        return zone

    def clean(self) -> dict[str, Any]:
        """The target has to be one of its way."""
        told: dict[str, Any] = super().clean() or {}
        target = told.get("target", "")
        try:
            if told.get("way") == AlertRule.Way.EMAIL:
                for address in target.split(","):
                    validate_email(address.strip())
            else:
                check_url(target)
        except (ValidationError, IsoscopeError):
            self.add_error("target", _("This is no address of that kind."))
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@may_manage
def list_rules(request: HttpRequest) -> HttpResponse:
    """The rules, a form for a new one, and what was sent."""
    form = RuleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return save(request, form, _("made"))
    sent = AlertMessage.objects.select_related("rule").order_by("-pk")[:LISTED]
    context = {"rules": AlertRule.objects.order_by("name"), "form": form, "sent": sent, "here": "alerts"}
    return render(request, "dashboard/alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@may_manage
def edit_rule(request: HttpRequest, number: int) -> HttpResponse:
    """One rule."""
    rule = get_object_or_404(AlertRule, pk=number)
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule)
    if request.method == "POST" and form.is_valid():
        return save(request, form, _("changed"))
    return render(request, "dashboard/alert.html", {"rule": rule, "form": form, "here": "alerts"})


@require_POST
@login_required
@may_manage
def try_rule(request: HttpRequest, number: int) -> HttpResponse:
    """Send a test at once; the log says how it went."""
    rule = get_object_or_404(AlertRule, pk=number)
    deliver(test_message(rule, timezone.now()))
    return redirect("alerts")


@require_POST
@login_required
@may_manage
def delete_rule(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a rule with its messages."""
    rule = get_object_or_404(AlertRule, pk=number)
    rule.delete()
    audit.note(request, AuditEvent.What.RULE_CHANGED, rule.name, "deleted")
    return redirect("alerts")


def save(request: HttpRequest, form: RuleForm, how: str) -> HttpResponse:
    """Store the rule. The audit log gets its name, not its target, which may hold a secret."""
    rule = form.save()
    audit.note(request, AuditEvent.What.RULE_CHANGED, rule.name, how)
    return redirect("alerts")
