"""Says to django-auditlog who changed an agency, a person or a hat: the actor of the act."""

from contextlib import AbstractContextManager

from auditlog.context import set_actor

from accounts.models import User
from audit.record import Origin


def changed_by(origin: Origin) -> AbstractContextManager[None]:
    """The history entries made inside stand under this origin's person; a program has none."""
    user = User.objects.filter(log_ref=origin.actor).first() if origin.actor else None
    context: AbstractContextManager[None] = set_actor(user)
    return context
