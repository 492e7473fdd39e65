"""Sign in, unlock, lock, sign out, change hat."""

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import FormView

from accounts.errors import TooBusy, WrongPassphrase
from accounts.factors import has_passkey
from accounts.factors.stages import waiting_step
from accounts.forms import UnlockForm
from accounts.keys.slots import OpenedSlot
from accounts.models import User
from accounts.services import sessions
from accounts.services.browser_sessions import remember_shared
from accounts.services.second_step import wait_for_factor
from accounts.views.returning import give_key, give_pending, known, next_of


class SignInView(LoginView):  # type: ignore[misc]
    """allauth's sign-in; afterwards the opened keys are held, or wait for the second factor."""

    template_name = "account/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without allauth's links to pages that Confer does not have (sign-up, reset)."""
        return {**FormView.get_context_data(self, **kwargs), "next": self.get_next_url() or ""}

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, then seal the opened keys under a secret that only this browser holds."""
        remember_shared(request=self.request, shared=form.cleaned_data["shared"])
        response: HttpResponse = super().form_valid(form)
        opened = form.user.opened
        if self.request.user.is_authenticated and isinstance(opened, OpenedSlot):
            cookie = sessions.begin_session(request=self.request, user=form.user, opened=opened)
            give_key(response, cookie)
        elif isinstance(opened, OpenedSlot) and waiting_step(self.request):
            give_pending(response, wait_for_factor(opened=opened))
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Too many derivations at once: say so, lose nothing."""
        try:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except TooBusy:
            return render(request, "429.html", status=429)
        return response


@sensitive_variables("form")
@sensitive_post_parameters("passphrase")
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Ask for the pass phrase of somebody who is known and return to where they were."""
    user = known(request)
    form = UnlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cookie = sessions.unlock(
                request=request, user=user, phrase=form.cleaned_data["passphrase"]
            )
        except WrongPassphrase:
            form.add_error("passphrase", _("This is not your pass phrase. Try again."))
        except ValidationError as error:
            form.add_error("passphrase", error)
        except TooBusy:
            return render(request, "429.html", status=429)
        else:
            response = redirect(next_of(request))
            give_key(response, cookie)
            return response
    return unlock_page(request, user, form)


def unlock_page(
    request: HttpRequest, user: User, form: UnlockForm, *, trouble: str = ""
) -> HttpResponse:
    """The page of a locked session, for the phrase and, where there is one, for a passkey."""
    context = {
        "form": form,
        "name": user.name,
        "next": next_of(request),
        "has_passkey": has_passkey(user.pk),
        "trouble": trouble,
    }
    return render(request, "accounts/unlock.html", context)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Forget the keys in this browser and ask for the phrase; then one is back on this page."""
    sessions.lock_session(request=request)
    here = request.POST.get("next") or urlsplit(request.headers.get("Referer", "")).path
    response = redirect(f"{reverse('unlock')}?{urlencode({'next': here})}")
    response.delete_cookie(settings.KEY_COOKIE_NAME, samesite="Strict")
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; the browser is told to forget what it kept."""
    sessions.end_session(request=request, user=known(request))
    logout(request)
    response = redirect("sign_in")
    response.delete_cookie(settings.KEY_COOKIE_NAME, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
def hat_switch(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Act for another agency or in another role."""
    sessions.choose_hat(request=request, membership_id=membership_id)
    return redirect("home")
