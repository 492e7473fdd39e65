"""Who can read a text, now and after an act, as lines for the audience bar.

Promises nothing that the keys do not keep, and names no agency but the reader's own and the desk.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from accounts.models.partnership import AgencyKind
from accounts.queries import Colleague
from casework.queries.draft_setting import DraftSetting, draft_setting


@dataclass(frozen=True, slots=True)
class Line:
    """One group of readers; `count` 0 is not shown."""

    label: str
    count: int = 0
    detail: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """One reader and why they can read."""

    reader: str
    why: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads now; before an act also who reads before and after it."""

    now: tuple[Line, ...] = ()
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    not_for: tuple[str, ...] = ()
    later: str = ""
    reasons: tuple[Because, ...] = ()


def audience_of_draft(
    actor: Actor, *, through_lead: bool, barred: Collection[UUID], keeps_place: bool = False
) -> Audience:
    """A draft is its author's alone; after sending it is the desk's, and the lead's if asked.

    With `keeps_place` the draft holds a protected address, whose custodians read nothing else.
    """
    setting = draft_setting(actor)
    checked = _("after your lead's check, at the latest after 2 working days")
    readers = desk_lines(
        setting.desk_without(barred),
        detail=checked if through_lead else "",
        stand_in=_("only if nobody has answered within 1 working day, or at once if it is urgent"),
    )
    reasons = _desk_reasons(setting.desk_without(barred))
    if through_lead:
        leads = setting.leads_without(barred)
        readers = (_lead_line(leads), *readers)
        reasons = (_lead_reason(leads), *reasons)
    if keeps_place:
        only = _("the protected address only")
        custodians = Line(_custodians(), setting.custodians_without(barred), only)
        readers = (*readers, custodians)
        reasons = (*reasons, _custodian_reason())
    return Audience(
        before=(_you(),),
        after=(*readers, _you()),
        not_for=_not_for(actor, setting, keeps_place=keeps_place),
        later=_later(),
        reasons=(*reasons, Because(_("You"), _("you wrote it"))),
    )


def while_writing(audience: Audience) -> Audience:
    """The same, said shortly: who reads now, and in one sentence who will after sending."""
    sentence = _("After you send it: %(readers)s.") % {
        "readers": " · ".join(_in_words(line) for line in audience.after)
    }
    return Audience(
        now=(Line(_("You"), detail=_("nobody else until you send it")),),
        not_for=audience.not_for,
        later=f"{sentence} {audience.later}".strip(),
        reasons=audience.reasons,
    )


def audience_of_question(actor: Actor) -> Audience:
    """A question for advice: the desk and its author, nobody else."""
    setting = draft_setting(actor)
    return Audience(
        before=(_you(),),
        after=(*desk_lines(setting.desk), _you()),
        not_for=_not_for(actor, setting),
        later=_(
            "Nothing is passed on to other services. "
            "It is due for deletion 30 days after the advice."
        ),
        reasons=(*_desk_reasons(setting.desk), Because(_("You"), _("you asked"))),
    )


def audience_of_protected_place(actor: Actor, *, barred: Collection[UUID]) -> Audience:
    """A protected address goes to the custodians that the partnership names, never to the desk."""
    count = draft_setting(actor).custodians_without(barred)
    return Audience(
        before=(_you(),),
        after=(Line(_custodians(), count), _you()),
        not_for=(
            _("anybody else, at the intake desk and at your own agency too"),
            _("the administrators"),
        ),
        reasons=(_custodian_reason(), Because(_("You"), _("you wrote it"))),
    )


def _custodians() -> str:
    return _("Custodians of protected addresses")


def _custodian_reason() -> Because:
    return Because(
        _custodians(), _("the partnership has named them, in person, for nothing but this")
    )


def _in_words(line: Line) -> str:
    counted = ""
    if line.count:
        people = ngettext("%(count)s person", "%(count)s people", line.count)
        counted = f" ({people % {'count': line.count}})"
    return f"{line.label}{counted}{', ' + line.detail if line.detail else ''}"


def _you() -> Line:
    return Line(_("You"))


def desk_lines(
    people: Collection[Colleague], *, detail: str = "", stand_in: str = ""
) -> tuple[Line, ...]:
    """The desk's line, and one for deputies who read only if nobody else has."""
    present = [each for each in people if not each.is_deputy]
    deputies = [each for each in people if each.is_deputy]
    if not present:
        present, deputies = deputies, []
    lines = [Line(_("Intake desk"), len(present), detail)]
    if deputies:
        waits = stand_in or _("only if nobody has answered within 1 working day")
        lines.append(Line(_("Deputies of the desk"), len(deputies), waits))
    return tuple(lines)


def _desk_reasons(people: Collection[Colleague]) -> tuple[Because, ...]:
    why = _("reads what arrives and decides with a second service, which does not see the name")
    deputy = _("stands in at the intake desk and holds its key")
    return tuple(
        Because(
            _("%(person)s, intake desk") % {"person": each.name},
            deputy if each.is_deputy else why,
        )
        for each in people
    )


def _lead_line(leads: Collection[Colleague]) -> Line:
    detail = _("who it is about, the concern and others at risk; not your consent notes")
    return Line(_("Agency lead"), len(leads), detail)


def _lead_reason(leads: Collection[Colleague]) -> Because:
    return Because(
        ", ".join(each.name for each in leads), _("you ask your agency lead to check it first")
    )


def _not_for(actor: Actor, setting: DraftSetting, *, keeps_place: bool = False) -> tuple[str, ...]:
    """Who cannot, in words that stay true where the desk or a custodian is with the police."""
    own = _("everybody else at %(agency)s") % {"agency": actor.hat.agency_name}
    kinds = {actor.hat.agency_kind, setting.office_kind}
    if keeps_place:
        kinds |= setting.custodian_kinds
    police = () if AgencyKind.POLICE in kinds else (_("the police"),)
    return (own, *police, _("the administrators"))


def _later() -> str:
    return _(
        "Later only part by part, with a recorded reason. "
        "The law can oblige us to act on a serious crime or danger."
    )
