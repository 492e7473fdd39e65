"""Passkeys and security keys: ask for one, add one, sign in and unlock with one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import actor_before_factor
from accounts.errors import NoKeyInPasskey, WrongFactor
from accounts.factors import FactorKind
from accounts.factors.forms import NewKeyForm, PasskeyForm, Use
from accounts.factors.stages import waiting_step
from accounts.factors.throttle import asks_too_often
from accounts.factors.webauthn import Purpose, ask, ask_new
from accounts.forms import UnlockForm
from accounts.models import User
from accounts.services import passkeys
from accounts.services.browser_sessions import remember_shared
from accounts.services.passkeys import Shown
from accounts.services.proving import require_proof
from accounts.views.doors import SignInView, unlock_page
from accounts.views.returning import give_key, known, next_of

sensitive_passkey = sensitive_post_parameters("credential", "secret")


@require_GET
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What a browser needs to ask its person for a passkey, depending on who is known here."""
    if asks_too_often(request):
        return render(request, "429.html", status=429)
    if isinstance(request.user, User):
        return JsonResponse(ask(request, request.user, Purpose.KNOWN))
    step = waiting_step(request) if request.GET.get("for") == "step" else None
    if step is not None:
        return JsonResponse(ask(request, step.login.user, Purpose.SECOND_STEP))
    return JsonResponse(ask(request, None, Purpose.SIGN_IN))


@require_GET
def key_options(request: HttpRequest) -> HttpResponse:
    """What a browser needs to make a new passkey or security key."""
    actor = actor_before_factor(request)
    user = User.objects.get(pk=actor.user_id)
    only_factor = request.GET.get("use") == Use.KEY
    purpose = Purpose.NEW_KEY if only_factor else Purpose.NEW_PASSKEY
    return JsonResponse(ask_new(request, user, purpose))


@sensitive_variables("form")
@sensitive_passkey
@require_http_methods(["GET", "POST"])
def key_add(request: HttpRequest) -> HttpResponse:
    """Add a passkey, which opens the keys by itself, or a security key as second factor."""
    require_proof(request)
    form = NewKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = _add(request, form.cleaned_data)
        except WrongFactor:
            form.add_error(None, _("What your browser sent did not fit. Try again."))
        else:
            response = redirect("second_factor")
            response["Location"] += f"?done={done}"
            return response
    return render(request, "accounts/factor_key.html", {"form": form})


class PasskeySignInView(SignInView):
    """Sign in with a passkey alone; the sign-in page has the form."""

    http_method_names = ["post"]

    @method_decorator(sensitive_variables())
    @method_decorator(sensitive_passkey)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open the passkey's slot and begin the session, or say on the page why not."""
        remember_shared(request=request, shared=bool(request.POST.get("shared")))
        try:
            response, cookie = passkeys.sign_in_by_passkey(
                request=request, shown=_shown(request), next_url=next_of(request)
            )
        except (WrongFactor, NoKeyInPasskey) as error:
            form = self.get_form_class()(request=request)
            context = self.get_context_data(form=form, trouble=_trouble(error))
            page: HttpResponse = self.render_to_response(context)
            return page
        give_key(response, cookie)
        return response


@sensitive_variables()
@sensitive_passkey
@require_POST
def passkey_unlock(request: HttpRequest) -> HttpResponse:
    """Open the keys again with a passkey and return to where one was."""
    user = known(request)
    try:
        cookie = passkeys.unlock_by_passkey(request=request, user=user, shown=_shown(request))
    except (WrongFactor, NoKeyInPasskey, ValidationError) as error:
        return unlock_page(request, user, UnlockForm(), trouble=_trouble(error))
    response = redirect(next_of(request))
    give_key(response, cookie)
    return response


def _add(request: HttpRequest, typed: dict[str, Any]) -> str:
    """Keep the key; what to say of it afterwards."""
    opens = typed["use"] == Use.PASSKEY
    kind = passkeys.add_key(
        actor=actor_before_factor(request),
        request=request,
        shown=Shown(typed["credential"], typed["secret"]),
        name=typed["name"] or (_("Passkey") if opens else _("Security key")),
        opens=opens,
    )
    return "no_prf" if opens and kind is FactorKind.KEY else kind


def _shown(request: HttpRequest) -> Shown:
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return Shown("", "")
    return Shown(form.cleaned_data["credential"], form.cleaned_data["secret"])


def _trouble(error: Exception) -> str:
    if isinstance(error, NoKeyInPasskey):
        return _(
            "This passkey is your second factor only: it holds no key for Confer. "
            "Use your pass phrase first."
        )
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("This passkey was not accepted. Try again, or use your pass phrase.")
