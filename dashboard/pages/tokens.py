"""The page of API tokens: made, listed and revoked by the person whose they are, and by administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import audit
from dashboard.accounts.access import visible_hosts
from dashboard.models import ApiToken, AuditEvent

LASTS: Final = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("until it is revoked")),
)
SCOPES: Final = (
    (ApiToken.Scope.READ, gettext_lazy("Read only")),
    (ApiToken.Scope.ADMINISTER, gettext_lazy("Everything the account may")),
)


class NewToken(forms.Form):
    """What a new token may do, and for how long."""

    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    scope = forms.ChoiceField(choices=SCOPES, label=gettext_lazy("It may"))
    days = forms.ChoiceField(choices=LASTS, required=False, initial="90", label=gettext_lazy("Valid for"))
    hosts = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Only these hosts"),
        help_text=gettext_lazy("None chosen: every host that the account sees, now and later."),
    )

    def __init__(self, user: Any, *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["hosts"]
        field.choices = [(host.machine_id, str(host)) for host in visible_hosts(user).order_by("hostname")]

    def facts(self) -> dict[str, Any]:
        """What :meth:`ApiToken.make` takes."""
        told = self.cleaned_data
        ends = timezone.now() + timedelta(days=int(told["days"])) if told["days"] else None
        return {"name": told["name"], "scope": told["scope"], "hosts": told["hosts"], "expires_at": ends}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def list_tokens(request: HttpRequest) -> HttpResponse:
    """The list, and the form that makes one. The text of a new token is in that answer, and nowhere else."""
    form, text = NewToken(request.user, *([request.POST] if request.method == "POST" else [])), ""
    if form.is_valid():
        token, text = ApiToken.make(request.user, **form.facts())
        audit.note(request, AuditEvent.What.TOKEN_MADE, token.name, f"API token, may {token.scope}")
        form = NewToken(request.user)
    now = timezone.now()
    listed = [(token, token.fault(now)) for token in tokens_of(request.user)]
    context = {"form": form, "text": text, "tokens": listed, "here": "tokens", "all": sees_all(request.user)}
    return render(request, "dashboard/tokens.html", context)


@require_POST
@login_required
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a token at once."""
    token = tokens_of(request.user).filter(pk=number).first()
    if token is None:
        raise Http404("there is no such token, or it is another person's")
    token.revoke()
    audit.note(request, AuditEvent.What.TOKEN_REVOKED, token.name, f"API token of {token.user}")
    return redirect("tokens")


def tokens_of(user: Any) -> QuerySet[ApiToken]:
    """The tokens that this person may revoke and that are not revoked, newest first."""
    found = ApiToken.objects.select_related("user").filter(revoked_at=None).order_by("-pk")
    return found if sees_all(user) else found.filter(user=user)


def sees_all(user: Any) -> bool:
    return bool(user.has_perm("dashboard.delete_apitoken"))
