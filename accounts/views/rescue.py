"""The own keys, and the printed rescue sheet: shown once, used when a phrase is lost."""

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import actor_for
from accounts.errors import DirectoryForged, TooBusy, WrongPassphrase
from accounts.forms import RescueForm
from accounts.queries.own_keys import own_keys
from accounts.services.proving import require_proof
from accounts.services.rescue import make_sheet, use_sheet


@require_safe
def your_keys(request: HttpRequest) -> HttpResponse:
    """What opens the own keys, and what it means that they are one's own."""
    actor = actor_for(request)
    return render(request, "accounts/your_keys.html", {"keys": own_keys(actor.user_id)})


@sensitive_variables("code", "context")
@require_http_methods(["GET", "POST"])
def rescue_sheet(request: HttpRequest) -> HttpResponse:
    """Explain the sheet; made, it stands in this one answer and nowhere else."""
    actor = actor_for(request)
    require_proof(actor)
    keys = own_keys(actor.user_id)
    if request.method != "POST":
        return render(request, "accounts/rescue_sheet.html", {"keys": keys})
    if request.POST.get("replaces", "") != str(keys.sheet_id or ""):
        # Sent a second time, by a reload: the sheet that was printed must stay the right one.
        return redirect("rescue_sheet")
    try:
        code = make_sheet(actor=actor)
    except TooBusy:
        return render(request, "429.html", status=429)
    context = {
        "name": actor.name,
        "groups": code.split("-"),
        "made_on": timezone.localdate(),
        "address": request.build_absolute_uri(reverse("rescue")),
    }
    return render(request, "accounts/rescue_sheet_made.html", context)


@sensitive_variables("form")
@sensitive_post_parameters("code", "new_passphrase", "repeated")
@require_http_methods(["GET", "POST"])
def rescue(request: HttpRequest) -> HttpResponse:
    """Take a sheet's code and a new phrase on one page; then everybody signs in anew."""
    form = RescueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _use(request, form)
        except TooBusy:
            return render(request, "429.html", status=429)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            logout(request)
            return redirect("rescue_done")
    return render(request, "accounts/rescue.html", {"form": form})


@require_safe
def rescue_done(request: HttpRequest) -> HttpResponse:
    """Say what comes next: sign in with the new phrase, and make a new sheet."""
    return render(request, "accounts/rescue_done.html")


def _use(request: HttpRequest, form: RescueForm) -> None:
    """Use the sheet. Raises ValidationError with plain words for a code that opens nothing."""
    typed = form.cleaned_data
    try:
        use_sheet(
            request=request,
            email=typed["email"],
            code=typed["code"],
            new_phrase=typed["new_passphrase"],
        )
    except WrongPassphrase:
        raise ValidationError(
            _("This e-mail address and code open nothing. Check both and try again.")
        ) from None
    except DirectoryForged:
        raise ValidationError(
            _("The list of keys does not verify. Nothing was changed. Tell the auditor.")
        ) from None
