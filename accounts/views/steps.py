"""Showing who one is: the second step of a sign-in, and showing it again before key acts."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.actor import actor_before_factor
from accounts.errors import TooBusy, WrongFactor, WrongPassphrase
from accounts.factors import FactorKind, factors_of
from accounts.factors.forms import CodeForm, PasskeyForm
from accounts.factors.stages import FactorStage, waiting_step
from accounts.forms import UnlockForm
from accounts.models import User
from accounts.services.proving import prove_by_passkey, prove_by_phrase
from accounts.services.second_step import finish_sign_in, still_waits
from accounts.views.returning import give_key, next_of


@sensitive_variables("form")
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of a sign-in whose pass phrase was right."""
    step = waiting_step(request)
    if step is None or not still_waits(request, step):
        return redirect("sign_in")
    form = CodeForm(None if "credential" in request.POST else request.POST or None)
    trouble = ""
    if request.method == "POST":
        try:
            if (response := _finished(request, step, form)) is not None:
                return response
        except ValidationError as error:
            trouble = " ".join(error.messages)
    kinds = {factor.kind.value for factor in factors_of(step.login.user.pk)}
    context = {"form": form, "kinds": kinds, "trouble": trouble}
    return render(request, "accounts/second_step.html", context)


def _finished(request: HttpRequest, step: FactorStage, form: CodeForm) -> HttpResponse | None:
    """The answer that begins the session; None when the form says what was wrong."""
    shown = PasskeyForm(request.POST)
    credential = shown.cleaned_data["credential"] if shown.is_valid() else ""
    if not credential and not form.is_valid():
        return None
    code = "" if credential else form.cleaned_data["code"]
    try:
        response, cookie = finish_sign_in(
            request=request, step=step, code=code, credential=credential
        )
    except WrongFactor:
        if credential:
            raise ValidationError(_("This key was not accepted. Try again.")) from None
        form.add_error("code", _("This code does not fit. Type the newest one of your app."))
        return None
    give_key(response, cookie)
    return response


@sensitive_variables("form")
@sensitive_post_parameters("passphrase", "credential")
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Ask a signed-in person to show again who they are, then lead back."""
    actor = actor_before_factor(request)
    form = UnlockForm(None if "credential" in request.POST else request.POST or None)
    trouble = ""
    if request.method == "POST":
        try:
            if _proved(request, form):
                return redirect(next_of(request))
        except ValidationError as error:
            trouble = " ".join(error.messages)
        except TooBusy:
            return render(request, "429.html", status=429)
    user = User.objects.get(pk=actor.user_id)
    keys = {FactorKind.KEY, FactorKind.PASSKEY}
    context = {
        "form": form,
        "trouble": trouble,
        "next": next_of(request),
        "email": user.email,
        "has_key": any(each.kind in keys for each in factors_of(user.pk)),
    }
    return render(request, "accounts/prove.html", context)


def _proved(request: HttpRequest, form: UnlockForm) -> bool:
    shown = PasskeyForm(request.POST)
    if shown.is_valid():
        try:
            prove_by_passkey(request=request, credential=shown.cleaned_data["credential"])
        except WrongFactor:
            raise ValidationError(_("This key was not accepted. Try again.")) from None
        return True
    if not form.is_valid():
        return False
    try:
        prove_by_phrase(request=request, phrase=form.cleaned_data["passphrase"])
    except WrongPassphrase:
        form.add_error("passphrase", _("This is not your pass phrase. Try again."))
        return False
    return True
