"""What codes mean in sentences: next steps, what became of a referral, what was just done."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from casework.choices import CaseRoleKind, ReferralState
from casework.queries.worklists import NextStep

NEXT_STEPS: Mapping[NextStep, Any] = MappingProxyType(
    {
        NextStep.CHECK: _("Read it, then pass it on or not"),
        NextStep.ACKNOWLEDGE: _("Read it and acknowledge it"),
        NextStep.ASK_SECOND: _("Ask a second service"),
        NextStep.GIVE_VIEW: _("Give your view"),
        NextStep.WAIT_FOR_VIEW: _("Wait for the other service's view"),
        NextStep.DECIDE: _("Compare both views and decide"),
        NextStep.WAIT_FOR_AUTHOR: _("Wait for the referrer"),
        NextStep.READ_RETURN: _("Add what is missing"),
        NextStep.READ_NOT_PURSUED: _("Read why your lead did not pass it on"),
        NextStep.NOTHING: _("Nothing to do now"),
    }
)
# A reader's own part, said once on the page of a referral.
YOUR_PART: Mapping[CaseRoleKind, Any] = MappingProxyType(
    {
        CaseRoleKind.INTAKE: "",
        CaseRoleKind.CHECKER: _(
            "Your colleague asked you to check this before the intake desk reads it. You can open "
            "who it is about, the concern and others at risk; consent and who told are the desk's."
        ),
        CaseRoleKind.SCREENER: _(
            "The intake desk asks what you think. You can open the concern, not the name and not "
            "who told, and only until the decision."
        ),
        CaseRoleKind.CUSTODIAN: _(
            "The partnership named you to keep this protected address. Nobody at the intake desk "
            "can open it: they telephone you."
        ),
    }
)

# Whose list a state is told in; a referrer reads other words than the desk.
TOLD_TO_REFERRER: Mapping[ReferralState, Any] = MappingProxyType(
    {
        ReferralState.AGENCY_CHECK: _("Your agency lead looks at it first"),
        ReferralState.NOT_PURSUED: _("Your agency lead did not pass it on"),
        ReferralState.SUBMITTED: _("It has arrived and waits to be read"),
        ReferralState.RETURNED: _("It came back to you: something is missing"),
        ReferralState.URGENT_ROUTED: _("It was passed on by telephone as urgent"),
        ReferralState.SCREENING: _("It has been read and is being looked at"),
        ReferralState.SCREENED: _("It is decided"),
        ReferralState.WITHDRAWN: _("You took it back"),
    }
)

# The fixed codes that an address may carry after an act: kind of notice, title, text.
DONE: Mapping[str, tuple[str, Any, Any]] = MappingProxyType(
    {
        "acknowledged": (
            "success",
            _("Acknowledged."),
            _("The referrer's signature is genuine. They see that it has been read."),
        ),
        "returned": ("success", _("Returned."), _("The referrer sees why and can add to it.")),
        "routed": (
            "success",
            _("Recorded that you called."),
            _("Acknowledge it when there is time to read it."),
        ),
        "asked": (
            "success",
            _("Asked."),
            _("They can open the concern now, and find it in their list."),
        ),
        "view_given": (
            "success",
            _("Your view is kept."),
            _("You can change it until the decision. The other service sees it when both are in."),
        ),
        "decided": (
            "success",
            _("Decided."),
            _("The referrer has your answer. The other service can open nothing any more."),
        ),
        "passed_on": ("success", _("Passed on."), _("The intake desk can read it now.")),
        "not_pursued": (
            "success",
            _("Not passed on."),
            _("Your colleague reads why, and may still send it to the desk without you."),
        ),
        "message_sent": (
            "success",
            _("Sent."),
            _("Only the referrer and the intake desk can read it."),
        ),
        "advice_sent": (
            "success",
            _("Your advice is sent."),
            _("Only the one who asked and the desk read it."),
        ),
        "advice_ended": ("success", _("Ended."), _("It is due for deletion after 30 days.")),
        "forged": (
            "warning",
            _("This text does not verify. Do not act on it."),
            _("The auditor has been told. Telephone the referrer before you do anything else."),
        ),
        "nobody_reads": (
            "warning",
            _("Nobody at the desk could read this."),
            _("Nothing was changed. Ask who holds the desk's keys, then try again."),
        ),
    }
)
