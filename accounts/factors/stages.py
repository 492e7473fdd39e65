"""The step between pass phrase and session: allauth keeps the sign-in waiting, nothing begins."""

from allauth.account.stages import LoginStage, LoginStageController
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.factors import has_factor

# Set in the state of a sign-in that a passkey made: it was two factors already.
BY_PASSKEY = "by_passkey"


class FactorStage(LoginStage):  # type: ignore[misc]
    """Asks everybody who has a factor for it; a card of codes alone counts."""

    key = "second_factor"
    urlname = "second_step"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Send the person to the page that asks, or let the sign-in go on."""
        if self.login.state.get(BY_PASSKEY) or not has_factor(self.login.user.pk):
            return None, True
        return redirect(self.urlname), True

    def is_resumable(self, request: HttpRequest) -> bool:
        """Whoever goes back to the sign-in page begins anew, perhaps as somebody else."""
        return False


def waiting_step(request: HttpRequest) -> FactorStage | None:
    """The sign-in of this browser that waits for its factor, at most five minutes."""
    if request.user.is_authenticated:
        return None
    found = LoginStageController.enter(request, FactorStage.key)
    return found if isinstance(found, FactorStage) else None
