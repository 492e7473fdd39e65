"""Every word of the access log: what can be recorded, its kind, and how a person reads it."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """How an act ended; a refusal carries its reason as a code."""

    DONE = "done", _("done")
    REFUSED = "refused", _("refused")


class Event(TextChoices):
    """What happened, as `object.past`. Values are stored for ever: add, never rename or reuse."""

    # Doors: sign-in, lock, hats
    SIGNIN_SUCCEEDED = "signin.succeeded", _("Signed in")
    SIGNIN_FAILED = "signin.failed", _("Sign-in failed")
    SIGNOUT_DONE = "signout.done", _("Signed out")
    SESSION_LOCKED = "session.locked", _("Locked the session")
    SESSION_UNLOCKED = "session.unlocked", _("Unlocked the session")
    SESSION_ENDED = "session.ended", _("Session ended")
    HAT_CHOSEN = "hat.chosen", _("Chose the agency to act for")
    PASSPHRASE_CHANGED = "passphrase.changed", _("Changed the pass phrase")
    SESSION_PROVED = "session.proved", _("Proved again who they are")
    SESSION_SHOWN = "session.shown", _("Saw the own sessions")
    FACTOR_ADDED = "factor.added", _("Second factor added")
    FACTOR_REMOVED = "factor.removed", _("Second factor removed")
    FACTOR_RESET = "factor.reset", _("Second factor reset by a key holder")
    FACTOR_FAILED = "factor.failed", _("Second factor failed")
    PASSKEY_ADDED = "passkey.added", _("Passkey added")
    PASSKEY_REMOVED = "passkey.removed", _("Passkey removed")
    RESCUE_MADE = "rescue.made", _("Rescue sheet made")
    RESCUE_USED = "rescue.used", _("Rescue sheet used")

    # Keys and the directory of statements
    KEY_MEMBER_CREATED = "key.member_created", _("Member key made")
    KEY_MEMBER_RETIRED = "key.member_retired", _("Member key retired")
    KEY_RING_CREATED = "key.ring_created", _("Ring made")
    KEY_RING_RENEWED = "key.ring_renewed", _("Ring renewed")
    KEY_RING_WRAPPED = "key.ring_wrapped", _("Ring opened to a holder")
    STATEMENT_ADDED = "statement.added", _("Statement added to the directory")
    RECOVERY_FOUNDED = "recovery.founded", _("Recovery keys founded")
    RECOVERY_REHEARSED = "recovery.rehearsed", _("Recovery rehearsed")
    RECOVERY_EXPORTED = "recovery.exported", _("Bundle for recovery written")
    RECOVERY_IMPORTED = "recovery.imported", _("Result of recovery brought back")
    RECOVERY_USED = "recovery.used", _("Recovery used")

    # People, agencies, partnership
    PARTNERSHIP_CREATED = "partnership.created", _("Partnership founded")
    AGENCY_CREATED = "agency.created", _("Agency added")
    AGENCY_LEFT = "agency.left", _("Agency left")
    MEMBER_CREATED = "member.created", _("Person added")
    MEMBER_INVITED = "member.invited", _("Joining link made")
    MEMBER_JOINED = "member.joined", _("Person joined")
    MEMBER_ADMITTED = "member.admitted", _("Person admitted to a desk")
    MEMBER_DEACTIVATED = "member.deactivated", _("Account closed")
    MEMBER_REACTIVATED = "member.reactivated", _("Account opened again")
    MEMBERSHIP_ENDED = "membership.ended", _("Membership ended")
    MEMBERSHIP_DATED = "membership.dated", _("Last day of a membership set")
    LEAVE_PLANNED = "leave.planned", _("Leave planned")
    LEAVE_REMOVED = "leave.removed", _("Planned leave removed")
    PEOPLE_LISTED = "people.listed", _("Listed people")

    # Drafts
    DRAFT_CREATED = "draft.created", _("Draft begun")
    DRAFT_SAVED = "draft.saved", _("Draft saved")
    DRAFT_READ = "draft.read", _("Draft opened")
    DRAFT_KEPT = "draft.kept", _("Draft kept after the session had lapsed")
    DRAFT_DELETED = "draft.deleted", _("Draft deleted")
    TEXT_KEPT = "text.kept", _("Text kept after the session had lapsed")
    TEXT_READ = "text.read", _("Opened a kept text")

    # Advice without naming the person
    CONSULTATION_CREATED = "consultation.created", _("Asked for advice")
    CONSULTATION_READ = "consultation.read", _("Read a request for advice")
    CONSULTATION_ENDED = "consultation.ended", _("Advice ended")
    CONSULTATION_CONVERTED = "consultation.converted", _("Advice became a referral")

    # Referrals
    REFERRAL_SUBMITTED = "referral.submitted", _("Referral sent")
    REFERRAL_CHECKED = "referral.checked", _("Referral passed the agency check")
    REFERRAL_NOT_PURSUED = "referral.not_pursued", _("Referral not pursued by the agency")
    REFERRAL_ACKNOWLEDGED = "referral.acknowledged", _("Referral acknowledged")
    REFERRAL_VERIFIED = "referral.verified", _("Author's signature verified and countersigned")
    REFERRAL_RETURNED = "referral.returned", _("Referral returned")
    REFERRAL_RESUBMITTED = "referral.resubmitted", _("Referral sent again")
    REFERRAL_WITHDRAWN = "referral.withdrawn", _("Referral withdrawn")
    REFERRAL_ROUTED_URGENT = "referral.routed_urgent", _("Referral passed on as urgent")
    REFERRAL_STATUS_READ = "referral.status_read", _("Read what became of a referral")
    FEEDBACK_SENT = "feedback.sent", _("Answer given to the referrer")

    # What is read and written on a case
    ITEM_READ = "item.read", _("Opened an item")
    ITEM_FORGED = "item.forged", _("A text did not verify")
    PART_READ = "part.read", _("Opened a part")
    ADDITION_ADDED = "addition.added", _("Added what happened since")
    MESSAGE_SENT = "message.sent", _("Sent a message")

    # The case and who works on it
    FILE_UNLOCKED = "file.unlocked", _("File unlocked to act on it")
    CASE_OPENED = "case.opened", _("Case opened")
    CASE_MOVED = "case.moved", _("Case moved to another state")
    CASE_ROLE_GRANTED = "case_role.granted", _("Case role given")
    CASE_ROLE_ENDED = "case_role.ended", _("Case role ended")
    SHARE_MADE = "share.made", _("Shared")
    SHARE_ENDED = "share.ended", _("Share ended")
    SHARE_RENEWED = "share.renewed", _("Sent again to somebody's new key")
    EXCLUSION_ADDED = "exclusion.added", _("Person excluded")

    # Screening by two agencies
    SCREENING_REQUESTED = "screening.requested", _("Second agency asked to screen")
    SCREENING_VOTED = "screening.voted", _("Screening opinion given")
    SCREENING_DECIDED = "screening.decided", _("Screening decided")

    # Lists
    WORKLIST_SHOWN = "worklist.shown", _("Saw the own worklist")
    LIST_SHOWN = "list.shown", _("Saw a list")

    # Refused before an object was named
    PAGE_REFUSED = "page.refused", _("Page refused")
    UPLOAD_REFUSED = "upload.refused", _("Upload refused")

    # The log itself
    LOG_QUERIED = "log.queried", _("Looked something up in the log")
    OWN_RECORD_SHOWN = "own_record.shown", _("Saw what is recorded about oneself")


class Kind(TextChoices):
    """Kinds of acts, for the auditor's filter."""

    DOORS = "doors", _("Signing in and out")
    KEYS = "keys", _("Keys")
    PEOPLE = "people", _("People and agencies")
    DRAFTS = "drafts", _("Drafts")
    ADVICE = "advice", _("Advice")
    REFERRALS = "referrals", _("Referrals")
    READING = "reading", _("Reading and writing on a case")
    CASES = "cases", _("Cases, roles and sharing")
    SCREENING = "screening", _("Screening")
    LISTS = "lists", _("Lists")
    REFUSALS = "refusals", _("Refused pages and uploads")
    LOG = "log", _("The log")


_KIND_OF_OBJECT = {
    "signin": Kind.DOORS,
    "signout": Kind.DOORS,
    "session": Kind.DOORS,
    "hat": Kind.DOORS,
    "passphrase": Kind.DOORS,
    "factor": Kind.DOORS,
    "passkey": Kind.DOORS,
    "rescue": Kind.DOORS,
    "key": Kind.KEYS,
    "statement": Kind.KEYS,
    "recovery": Kind.KEYS,
    "partnership": Kind.PEOPLE,
    "agency": Kind.PEOPLE,
    "member": Kind.PEOPLE,
    "membership": Kind.PEOPLE,
    "people": Kind.PEOPLE,
    "leave": Kind.PEOPLE,
    "draft": Kind.DRAFTS,
    "text": Kind.DRAFTS,
    "consultation": Kind.ADVICE,
    "referral": Kind.REFERRALS,
    "feedback": Kind.REFERRALS,
    "item": Kind.READING,
    "part": Kind.READING,
    "addition": Kind.READING,
    "message": Kind.READING,
    "file": Kind.READING,
    "case": Kind.CASES,
    "case_role": Kind.CASES,
    "share": Kind.CASES,
    "exclusion": Kind.CASES,
    "screening": Kind.SCREENING,
    "worklist": Kind.LISTS,
    "list": Kind.LISTS,
    "page": Kind.REFUSALS,
    "upload": Kind.REFUSALS,
    "log": Kind.LOG,
    "own_record": Kind.LOG,
}

# A word without a kind stops the start: it could not be found on the auditor's page.
KIND_OF: Mapping[Event, Kind] = MappingProxyType(
    {event: _KIND_OF_OBJECT[event.value.partition(".")[0]] for event in Event}
)


def events_of_kind(kind: Kind) -> tuple[Event, ...]:
    """The words of one kind, in the order of the enum."""
    return tuple(event for event in Event if KIND_OF[event] is kind)
