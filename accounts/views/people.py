"""Joining by a link, the own pass phrase, and letting people in."""

from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor, actor_for, origin_of
from accounts.errors import LinkInvalid, TooBusy, WrongPassphrase
from accounts.forms import ChangePassphraseForm, JoinForm
from accounts.models import User
from accounts.services.people import find_link, join
from accounts.services.sessions import change_passphrase, check_phrase
from accounts.suggesting import suggest_phrase


@sensitive_variables("form")
@sensitive_post_parameters("new_passphrase", "repeated")
@require_http_methods(["GET", "POST"])
def join_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A newcomer chooses a pass phrase; the keys are made in this request."""
    try:
        person = find_link(token).user
        form = JoinForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            join(
                origin=origin_of(request, user=person),
                token=token,
                phrase=form.cleaned_data["new_passphrase"],
            )
            return redirect("sign_in")
    except LinkInvalid:
        return render(request, "accounts/join_invalid.html", status=404)
    except TooBusy:
        return render(request, "429.html", status=429)
    # A new suggestion beside what was just typed would only confuse.
    suggestion = "" if form.is_bound else suggest_phrase()
    context = {"form": form, "name": person.name, "email": person.email, "suggestion": suggestion}
    return render(request, "accounts/join.html", context)


@sensitive_variables("form")
@sensitive_post_parameters("passphrase", "new_passphrase", "repeated")
@require_http_methods(["GET", "POST"])
def passphrase_change(request: HttpRequest) -> HttpResponse:
    """Change the own pass phrase; every session ends, this one too."""
    actor = actor_for(request)
    form = ChangePassphraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, actor, form.cleaned_data)
        except WrongPassphrase:
            form.add_error("passphrase", _("This is not your pass phrase. Try again."))
        except ValidationError as error:
            form.add_error("passphrase", error)
        except TooBusy:
            return render(request, "429.html", status=429)
        else:
            logout(request)
            return redirect("sign_in")
    return render(request, "accounts/passphrase_change.html", {"form": form})


def _change(request: HttpRequest, actor: Actor, typed: dict[str, Any]) -> None:
    user = User.objects.get(pk=actor.user_id)
    opened = check_phrase(request=request, user=user, phrase=typed["passphrase"])
    change_passphrase(actor=actor, opened=opened, new_phrase=typed["new_passphrase"])
