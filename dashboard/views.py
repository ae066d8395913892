"""The page of Isoscope, the sign-in, and the error pages."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.accounts.access import may_pin
from dashboard.assets.preload import modules_of
from dashboard.database_errors import Unavailable, explain, more_telling
from dashboard.models import SignInLink
from inspector.agent.uplink import is_loopback
from inspector.version import VERSION


@require_GET
@never_cache
@ensure_csrf_cookie
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The page: everything in it comes over the API and the websocket."""
    context = {
        "hosts_url": reverse("api-v1:list_hosts"),
        "modules": modules_of("dashboard/main.js"),
        "version": VERSION,
        "may_pin": may_pin(request.user),
        **agent_address(request),
    }
    return render(request, "dashboard/page.html", context)


def agent_address(request: HttpRequest) -> dict[str, Any]:
    """Where an agent reaches this server, for the command that starts one."""
    server = request.build_absolute_uri(reverse("page")).rstrip("/")
    local = is_loopback(server)
    return {"agent_server": server, "agent_local": local, "agent_insecure": not (local or request.is_secure())}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link names the account. Only its button signs in: the preview of a chat presses none."""
    if request.method == "POST":
        return redeem_link(request, token)
    account, here = SignInLink.find(token), request.user
    if account is None:
        return link_gone(request)
    other = here.get_username() if here.is_authenticated and here != account else None
    return render(request, "dashboard/sign_in_link.html", {"account": account.get_username(), "other": other})


def redeem_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in the person who has the link, once."""
    with transaction.atomic():  # a link whose session cannot be stored stays valid
        user = SignInLink.redeem(token)
        if user is not None:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            request.session.save()
    if user is None:
        return link_gone(request)
    return redirect("page")


def link_gone(request: HttpRequest) -> HttpResponse:
    return problem(request, 410, _("This sign-in link was used already or has expired."), LINK_HELP)


LINK_HELP = gettext_lazy("Start Isoscope again, or run “manage.py invite” on its machine, for a fresh one.")


def problem(request: HttpRequest, status: int, what: str, help_text: str | Promise = "") -> HttpResponse:
    """A page that says what went wrong and what to do."""
    return render(request, "dashboard/error.html", {"title": what, "message": help_text}, status=status)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return problem(request, 404, _("There is no such page."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return problem(request, 403, _("You may not do that."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request,
        403,
        _("The form did not come from this page, or it has expired."),
        _("Go back, reload, and try again."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault; if the database cannot be written, the answer says so: the person who runs the server has to act."""
    error = sys.exception()
    if not isinstance(error, Unavailable):
        return problem(request, 500, _("The server had an internal error."), _("Its log says which. Try again."))
    what, help_text = _("This cannot be stored at present."), _(explain(more_telling(error)))
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": f"{what} {help_text}"}, status=503)
    return problem(request, 503, what, help_text)
