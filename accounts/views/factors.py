"""The own second factors: what there is, add an app, make a card of codes, remove one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import actor_before_factor, factor_is_due
from accounts.errors import WrongFactor
from accounts.factors import FactorKind, factors_of
from accounts.factors.forms import CodeForm
from accounts.factors.qr_code import qr_path
from accounts.models import User
from accounts.services import factors
from accounts.services.proving import require_proof

_DONE = frozenset({*FactorKind, "removed", "no_prf"})
_DIGITS_IN_A_GROUP = 4


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Which second factors one has, and what can be added or removed."""
    actor = actor_before_factor(request)
    found = factors_of(actor.user_id)
    context = {
        "factors": found,
        "kinds": {factor.kind.value for factor in found},
        "missing": factor_is_due(request) and not found,
        "due": factor_is_due(request),
        "done": done if (done := request.GET.get("done")) in _DONE else "",
    }
    return render(request, "accounts/factors.html", context)


@sensitive_variables("form", "secret", "address")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def app_add(request: HttpRequest) -> HttpResponse:
    """Show the secret of a new app and take its first code."""
    require_proof(request)
    actor = actor_before_factor(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factors.add_app(actor=actor, request=request, code=form.cleaned_data["code"])
        except WrongFactor:
            form.add_error("code", _("This is not the code of the new app. Type the newest one."))
        else:
            return _back(FactorKind.APP)
    secret = factors.new_app_secret(request, again=request.method == "POST")
    address = factors.app_address(User.objects.get(pk=actor.user_id), secret)
    context = {
        "form": form,
        "secret": _grouped(secret),
        "qr": qr_path(address),
        "has_app": any(each.kind is FactorKind.APP for each in factors_of(actor.user_id)),
    }
    return render(request, "accounts/factor_app.html", context)


@sensitive_variables("codes")
@require_http_methods(["GET", "POST"])
def card_make(request: HttpRequest) -> HttpResponse:
    """Say what a card of codes is; make one and show it this once."""
    require_proof(request)
    actor = actor_before_factor(request)
    cards = [each.id for each in factors_of(actor.user_id) if each.kind is FactorKind.CARD]
    old = str(cards[0]) if cards else ""
    if request.method != "POST":
        return render(request, "accounts/factor_card.html", {"old": old})
    if request.POST.get("replaces", "") != old:
        # Sent a second time, by a reload: the card that was printed must stay the right one.
        return redirect("factor_card")
    codes = [_grouped(each) for each in factors.make_card(actor=actor)]
    context = {"codes": codes, "name": actor.name}
    return render(request, "accounts/factor_card_made.html", context)


@require_http_methods(["GET", "POST"])
def factor_remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Ask once more, then forget a factor of one's own."""
    require_proof(request)
    actor = actor_before_factor(request)
    found = factors_of(actor.user_id)
    factor = next((each for each in found if each.id == factor_id), None)
    if request.method == "POST" or factor is None:
        factors.remove_factor(actor=actor, factor_id=factor_id)
        return _back("removed")
    context = {"factor": factor, "last": len(found) == 1, "due": factor_is_due(request)}
    return render(request, "accounts/factor_remove.html", context)


def _back(done: str) -> HttpResponse:
    response = redirect("second_factor")
    response["Location"] += f"?done={done}"
    return response


def _grouped(code: str) -> str:
    step = _DIGITS_IN_A_GROUP
    return " ".join(code[at : at + step] for at in range(0, len(code), step))
