"""People who leave, lose their keys and come back, by the acts of the product."""

from accounts.actor import Actor
from accounts.keys.member import MemberKeys
from accounts.models import Membership
from accounts.queries import live_memberships
from accounts.services.people import join
from accounts.services.tending import tend_keys
from casework.services.leaving import end_hat, replace_lost_key
from casework.services.people import admit
from tests.world import PHRASE, PROGRAM, Person


def lose(person: Person, *, by: Actor) -> str:
    """The pass phrase is lost, and somebody believes it; the joining token."""
    return replace_lost_key(actor=by, user_id=person.user.pk)


def rejoin(person: Person, token: str) -> MemberKeys:
    """New keys under the same phrase; gives the old ones, which the person may have kept."""
    old = person.keys
    person.keys = join(origin=PROGRAM, token=token, phrase=PHRASE)
    return old


def waiting_hats(person: Person) -> list[Membership]:
    """The running hats in which nobody has let the person in."""
    rows = live_memberships().filter(user=person.user, admitted_at=None)
    return list(rows.order_by("created_at"))


def come_back(person: Person, token: str, *, by: Actor) -> MemberKeys:
    """Join anew and be let in again in every hat; gives the old keys."""
    old = rejoin(person, token)
    for hat in waiting_hats(person):
        admit(actor=by, membership_id=hat.pk)
    return old


def leave(hat: Membership, *, by: Actor, then: Actor | None = None) -> None:
    """A hat ends; if `then` is given, that person's session comes next and makes new epochs."""
    end_hat(actor=by, membership_id=hat.pk)
    if then is not None:
        tend_keys(actor=then)
