"""Who gets what at each address: the table that every URL name must stand in.

It holds for the scene of cast_scene.py: Maud's referral is acknowledged by Anke and looked at by
Sofia; Maud has a question at the desk and a draft. A GET answers `opens` to those named and
`closed` to everybody else; a POST with nothing in it answers `post` to every stranger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERYBODY = frozenset(
    [
        "anke",
        "idris",
        "sofia",
        "noor",
        "rolf",
        "maud",
        "henri",
        "kai",
        "nora",
        "per",
        "claire",
        "lena",
        "sam",
        "deputy",
    ]
)
# People without any part in the scene: nothing that they send may change it.
STRANGERS = frozenset(["noor", "rolf", "henri", "kai", "nora", "per", "claire", "lena", "sam"])
EVERYBODY = STRANGERS | frozenset(["anke", "idris", "sofia", "maud", "deputy"])
SENDERS = frozenset(["anke", "idris", "sofia", "noor", "rolf", "maud", "henri", "kai", "deputy"])
LEADS = frozenset(["anke", "idris", "sofia", "noor", "rolf", "deputy"])
WATCHERS = frozenset({"nora", "claire"})
ON_THE_CASE = frozenset({"anke", "sofia"})
AUTHOR = frozenset({"maud"})
DESK = frozenset({"anke"})
NO_ONE = frozenset[str]()


@dataclass(frozen=True)
class Row:
    """One address: what a GET answers to whom, and what a stranger's POST answers."""

    to: frozenset[str]
    opens: int = 200
    closed: int = 404
    nobody: int = 302
    post: int = 404
    post_nobody: int = 302
    others: Mapping[str, int] = field(default_factory=dict)
    # Senders among the strangers may begin something of their own here.
    post_of_senders: int | None = None
    # Who has no part in the cases of the scene and yet looks after the people of this page.
    no_strangers: frozenset[str] = frozenset()

    def get_status(self, who: str) -> int:
        """What a GET answers."""
        if who == "nobody":
            return self.nobody
        return self.others.get(who, self.opens if who in self.to else self.closed)

    def post_status(self, who: str) -> int:
        """What a POST with nothing in it answers to a stranger."""
        if who == "nobody":
            return self.post_nobody
        if who in SENDERS and self.post_of_senders is not None:
            return self.post_of_senders
        return self.post


def _reading(to: frozenset[str], nobody: int = 302) -> Row:
    """A page without a form: POST is no method of it."""
    return Row(to, nobody=nobody, post=405, post_nobody=405)


def _acting() -> Row:
    """An act: only POST, and 404 for strangers."""
    return Row(NO_ONE, closed=405, nobody=405)


# Who looks after the newcomer at the school, and who may let them in.
ADMINISTRATORS = frozenset({"per", "sam"})
ADMITTERS = frozenset({"anke", "deputy", "idris"})
MANAGERS = ADMITTERS | ADMINISTRATORS


def _managing() -> Row:
    """A page about the newcomer with an act that those may do who look after them."""
    return Row(MANAGERS, no_strangers=ADMINISTRATORS)


_PUBLIC = _reading(EVERYBODY, nobody=200)
_OWN = Row(AUTHOR)
_MOVED_ON = {"anke": 409, "sofia": 409}

TABLE: Mapping[str, Row] = {
    # Doors
    "sign_in": Row(EVERYBODY, opens=302, nobody=200, post=302, post_nobody=200),
    "unlock": Row(EVERYBODY, post=200),
    "lock": Row(NO_ONE, closed=405, nobody=405, post=302),
    "sign_out": Row(NO_ONE, closed=405, nobody=405, post=302),
    "hat_switch": _acting(),
    "sessions_list": _reading(EVERYBODY),
    "session_stay": Row(NO_ONE, closed=405, nobody=405, post=409),
    "session_end": _acting(),
    "sessions_end_others": Row(NO_ONE, closed=405, nobody=405, post=302),
    "join": Row(NO_ONE, nobody=404, post_nobody=404),
    "passphrase_change": Row(EVERYBODY, post=200),
    "second_step": Row(NO_ONE, closed=302, post=302),
    "passkey_sign_in": Row(EVERYBODY, opens=302, nobody=405, post=302, post_nobody=200),
    "passkey_unlock": Row(NO_ONE, closed=405, nobody=405, post=200),
    "passkey_options": _reading(EVERYBODY, nobody=200),
    "prove": Row(EVERYBODY, post=200),
    "second_factor": _reading(EVERYBODY),
    "factor_app": Row(EVERYBODY, post=200),
    # Everybody may make a card of their own.
    "factor_card": Row(EVERYBODY, post=200),
    "factor_key": Row(EVERYBODY, post=200),
    "factor_key_options": _reading(EVERYBODY),
    "factor_remove": Row(NO_ONE),
    "your_keys": _reading(EVERYBODY),
    "rescue_sheet": Row(EVERYBODY, post=200),
    "rescue": Row(EVERYBODY, nobody=200, post=200, post_nobody=200),
    "rescue_done": _reading(EVERYBODY, nobody=200),
    # The referrer's pages
    "referral_new": Row(SENDERS, post_of_senders=302),
    "referral_step": _OWN,
    "referral_check": _OWN,
    "draft_delete": _OWN,
    "consultation_new": Row(SENDERS, post_of_senders=302),
    "consultation_write": Row(NO_ONE),
    "consultation_detail": Row(AUTHOR, others={"anke": 302}),
    "consultation_convert": _acting(),
    "referral_list": _reading(EVERYBODY),
    "referral_detail": _OWN,
    "referral_receipt": _reading(AUTHOR),
    "own_part": _reading(AUTHOR),
    "addition_new": _OWN,
    "referral_resubmit": _OWN,
    "referral_withdraw": _OWN,
    "referral_past_lead": _OWN,
    # The desk, the lead who checks, the second screener
    "home": _reading(EVERYBODY),
    "inbox": _reading(DESK | {"deputy"}),
    "referral_desk": _reading(ON_THE_CASE),
    "acknowledge": Row(ON_THE_CASE),
    "return_referral": Row(NO_ONE, others=_MOVED_ON),
    "route_urgent": Row(DESK, others={"sofia": 409}),
    "message_send": Row(DESK, others={"sofia": 409}),
    "pass_check": Row(NO_ONE, others=_MOVED_ON),
    "not_pursue": Row(NO_ONE, others=_MOVED_ON),
    "ask_second": Row(NO_ONE, others=_MOVED_ON),
    "give_view": Row(ON_THE_CASE),
    "decide_screening": Row(NO_ONE, others=_MOVED_ON),
    "advice_desk": Row(DESK, others={"maud": 302}),
    "advice_end": Row(DESK, others={"maud": 302}),
    # Opening is a POST; a link leads back to the page it belongs to
    "part_open": Row(ON_THE_CASE | AUTHOR, opens=302),
    "part_reason": _reading(ON_THE_CASE | AUTHOR),
    "item_open": Row(ON_THE_CASE | AUTHOR, opens=302),
    # People, the log
    "people_list": _reading(LEADS | ADMINISTRATORS),
    "person_invite": Row(
        LEADS | ADMINISTRATORS, no_strangers=ADMINISTRATORS | frozenset({"noor", "rolf"})
    ),
    "person_admit": _acting(),
    "person_link": _acting(),
    "person_detail": _reading(MANAGERS),
    "person_end": _managing(),
    "person_last_day": _managing(),
    "person_suspend": _managing(),
    "person_reopen": _managing(),
    "person_lost_phrase": Row(ADMITTERS),
    "person_factor": Row(ADMITTERS),
    "person_send_again": _managing(),
    "person_leave": _managing(),
    "leave_remove": Row(NO_ONE, closed=405, nobody=405, no_strangers=ADMINISTRATORS),
    "agency_leave": Row(MANAGERS - {"idris"}, no_strangers=ADMINISTRATORS),
    "key_words": _reading(EVERYBODY),
    "access_log": _reading(WATCHERS),
    "my_record": _reading(EVERYBODY),
    # The same for everybody
    "help": _PUBLIC,
    "privacy": _PUBLIC,
    "accessibility": _PUBLIC,
    "brand_css": _PUBLIC,
    # The programming interface
    "api_referrals": Row(EVERYBODY, nobody=401, post_nobody=401, post_of_senders=400),
    "api_access_events": Row(WATCHERS, nobody=401, post=405, post_nobody=401),
    "api_schema": Row(EVERYBODY, nobody=401, post=405, post_nobody=401),
}
