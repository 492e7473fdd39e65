"""Addresses of the doors."""

from accounts.views import doors, people
from audit.exposure import Exposure, page

urlpatterns = [
    page(Exposure.PUBLIC, "sign-in/", doors.SignInView.as_view(), "sign_in"),
    page(Exposure.PUBLIC, "unlock/", doors.unlock, "unlock"),
    page(Exposure.FORM, "lock/", doors.lock, "lock"),
    page(Exposure.FORM, "sign-out/", doors.sign_out, "sign_out"),
    page(Exposure.FORM, "hat/<uuid:membership_id>/", doors.hat_switch, "hat_switch"),
    page(Exposure.PUBLIC, "join/<str:token>/", people.join_by_link, "join"),
    page(Exposure.FORM, "pass-phrase/", people.passphrase_change, "passphrase_change"),
]
