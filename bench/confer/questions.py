"""Filler questions for advice: cases, roles and rows, as lists ask for them; no sealed text."""

from collections.abc import Sequence

from bench.confer.people import Cast, Holder
from bench.loading import load
from bench.plan import Question, questions
from casework.choices import AgeBand, CaseRoleKind, CaseState, FileKind
from casework.models import Case, CaseRole, Consultation, SealedFile

_CASE = ("id", "partnership", "log_ref", "state", "age_band", "opened_at")
_FILE = ("id", "case", "kind", "created_at")
_ROLE = ("user", "permission", "content_object", "hat", "since", "reason", "granted_by")
_QUESTION = (
    "id",
    "reference",
    "case",
    "file",
    "draft_id",
    "agency",
    "asked_at",
    "answered_at",
    "ended_at",
)


def load_questions(cast: Cast, total: int) -> None:
    """The planned questions; a file has the id of its question."""
    asked = list(questions(total))
    load(Case, _CASE, (_case(cast, each) for each in asked))
    load(SealedFile, _FILE, ((q.id, q.case_id, FileKind.CONSULTATION.value, q.at) for q in asked))
    load(CaseRole, _ROLE, (row for each in asked for row in _roles(cast, each)))
    load(Consultation, _QUESTION, (_question(cast, each) for each in asked))


def _case(cast: Cast, each: Question) -> Sequence[object]:
    state = CaseState.CONSULTATION if each.is_open else CaseState.CONSULTATION_ENDED
    codes = (state.value, AgeBand.UNKNOWN.value)
    return (each.case_id, cast.partnership, each.case_id, *codes, each.at)


def _roles(cast: Cast, each: Question) -> Sequence[Sequence[object]]:
    reader = cast.reader if each.visible else cast.filler[each.reader]
    return (
        _role(cast, each, CaseRoleKind.AUTHOR, cast.filler[each.author]),
        _role(cast, each, CaseRoleKind.INTAKE, reader),
    )


def _role(cast: Cast, each: Question, kind: CaseRoleKind, holder: Holder) -> Sequence[object]:
    ids = (holder.user, cast.permissions[kind], each.case_id, holder.hat)
    return (*ids, each.at, "consultation", holder.log_ref)


def _question(cast: Cast, each: Question) -> Sequence[object]:
    ended = None if each.is_open else each.at
    ids = (each.id, each.reference, each.case_id, each.id, each.id, cast.agencies[each.agency])
    return (*ids, each.at, ended, ended)
