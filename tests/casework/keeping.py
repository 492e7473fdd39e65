"""What the tests of kept texts share: a form, what is kept of it, what came of it."""

from uuid import UUID

from audit.events import Event
from audit.models import AccessEvent
from casework.choices import DraftKind, ItemKind
from casework.models import Item
from casework.services.ask_advice import ask_advice
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft
from casework.services.keep_text import keep_text
from casework.services.open_kept import Kept, open_kept
from tests.world import PROGRAM, Person, World


def claim_for(person: Person, form: str, object_id: UUID, *shown: UUID) -> FormClaim:
    return FormClaim(person.user.pk, form, object_id, shown=shown)


def keep(claim: FormClaim, text: str, **more: str) -> None:
    keep_text(origin=PROGRAM, claim=claim, answers={"text": text, **more})


def kept(person: Person, form: str, object_id: UUID) -> Kept:
    return open_kept(actor=person.actor, form=form, object_id=object_id)


def words(found: Kept) -> str:
    return str(found.answers.get("text", ""))


def messages(case_id: UUID) -> list[str]:
    items = Item.objects.filter(case_id=case_id, kind=ItemKind.MESSAGE)
    return [str(each.pk) for each in items]


def written(event: Event) -> list[AccessEvent]:
    return list(AccessEvent.objects.filter(action=event).order_by("at"))


def question_of(world: World) -> UUID:
    """A question of Maud's at the desk."""
    answers = {"what_happened": "a", "question": "b"}
    draft = begin_draft(actor=world.maud.actor, kind=DraftKind.CONSULTATION, answers=answers)
    return ask_advice(actor=world.maud.actor, draft_id=draft)
