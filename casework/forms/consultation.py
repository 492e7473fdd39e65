"""The one page of a question for advice: no field of it asks who it is about."""

from django.utils.translation import gettext_lazy as _

from casework.forms.closed_lists import ConcernType
from casework.forms.fields import LONG, MIDDLE, SHORT, WordsField, choose_several
from casework.forms.steps import Section, StepForm


class QuestionForm(StepForm):
    """What happened, without a name, and what the referrer would like to know."""

    what_happened = WordsField(
        label=_("What happened?"),
        limit=LONG,
        rows=10,
        help_text=_("No names, no birth date, no school class. “A pupil” is enough."),
    )
    concern_types = choose_several(
        _("What is it about?"), ConcernType.choices, hint=_("Choose all that fit, or none.")
    )
    question = WordsField(
        label=_("What would you like to know?"),
        limit=MIDDLE,
        rows=4,
        required=True,
        error_messages={"required": _("Write what you would like to know")},
    )
    district = WordsField(
        label=_("In which part of the city?"),
        limit=SHORT,
        help_text=_("Only if it matters for the answer. No street."),
    )
    sections = (Section(("what_happened", "concern_types", "question", "district")),)
