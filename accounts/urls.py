"""Addresses of the doors."""

from accounts.views import doors, factors, key_words, passkeys, people, rescue, sessions, steps
from audit.exposure import Exposure, page

urlpatterns = [
    page(Exposure.PUBLIC, "sign-in/", doors.SignInView.as_view(), "sign_in"),
    page(Exposure.PUBLIC, "sign-in/second-step/", steps.second_step, "second_step"),
    page(
        Exposure.PUBLIC,
        "sign-in/passkey/",
        passkeys.PasskeySignInView.as_view(),
        "passkey_sign_in",
    ),
    page(Exposure.PUBLIC, "unlock/", doors.unlock, "unlock"),
    page(Exposure.PUBLIC, "unlock/passkey/", passkeys.passkey_unlock, "passkey_unlock"),
    page(Exposure.PUBLIC, "passkey/options/", passkeys.passkey_options, "passkey_options"),
    page(Exposure.FORM, "prove/", steps.prove, "prove"),
    page(Exposure.FORM, "second-factor/", factors.overview, "second_factor"),
    page(Exposure.FORM, "second-factor/app/", factors.app_add, "factor_app"),
    page(Exposure.FORM, "second-factor/card/", factors.card_make, "factor_card"),
    page(Exposure.FORM, "second-factor/key/", passkeys.key_add, "factor_key"),
    page(Exposure.FORM, "second-factor/key/options/", passkeys.key_options, "factor_key_options"),
    page(
        Exposure.FORM,
        "second-factor/<int:factor_id>/remove/",
        factors.factor_remove,
        "factor_remove",
    ),
    page(Exposure.FORM, "lock/", doors.lock, "lock"),
    page(Exposure.FORM, "sign-out/", doors.sign_out, "sign_out"),
    page(Exposure.RECORDS, "sessions/", sessions.sessions_list, "sessions_list"),
    page(Exposure.FORM, "sessions/stay/", sessions.session_stay, "session_stay"),
    page(
        Exposure.RECORDS,
        "sessions/end-others/",
        sessions.sessions_end_others,
        "sessions_end_others",
    ),
    page(Exposure.RECORDS, "sessions/<uuid:ref>/end/", sessions.session_end, "session_end"),
    page(Exposure.FORM, "hat/<uuid:membership_id>/", doors.hat_switch, "hat_switch"),
    page(Exposure.RECORDS, "key-words/", key_words.key_words, "key_words"),
    page(Exposure.PUBLIC, "join/<str:token>/", people.join_by_link, "join"),
    page(Exposure.FORM, "pass-phrase/", people.passphrase_change, "passphrase_change"),
    page(Exposure.FORM, "your-keys/", rescue.your_keys, "your_keys"),
    page(Exposure.FORM, "rescue-sheet/", rescue.rescue_sheet, "rescue_sheet"),
    page(Exposure.PUBLIC, "rescue/", rescue.rescue, "rescue"),
    page(Exposure.PUBLIC, "rescue/done/", rescue.rescue_done, "rescue_done"),
]
