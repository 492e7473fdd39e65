"""A last day may come sooner by whoever looks after people, later only by whoever may let in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.services.planning import MAY_NOT_PROLONG, set_last_day
from audit.events import Event, Outcome
from audit.models import AccessEvent
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build_world()


def test_an_administrator_shortens_and_does_not_prolong_an_admitted_hat(world: World) -> None:
    cover = world.deputy_hat
    today = timezone.localdate()
    set_last_day(actor=world.per.actor, membership_id=cover.pk, last_day=today + timedelta(days=30))
    for later in (today + timedelta(days=31), None):
        with pytest.raises(NotAllowed, match=MAY_NOT_PROLONG):
            set_last_day(actor=world.per.actor, membership_id=cover.pk, last_day=later)
    cover.refresh_from_db()
    assert cover.ends_on == today + timedelta(days=30)
    refused = AccessEvent.objects.filter(action=Event.MEMBERSHIP_DATED, outcome=Outcome.REFUSED)
    assert refused.count() == 2
    set_last_day(actor=world.per.actor, membership_id=cover.pk, last_day=today)


def test_whoever_may_let_in_prolongs(world: World) -> None:
    cover = world.deputy_hat
    today = timezone.localdate()
    for last_day in (today, today + timedelta(days=60), None):
        set_last_day(actor=world.anke.actor, membership_id=cover.pk, last_day=last_day)
    cover.refresh_from_db()
    assert cover.ends_on is None


def test_a_hat_that_nobody_let_in_may_be_prolonged(world: World) -> None:
    henri = world.henri.membership
    today = timezone.localdate()
    assert henri.admitted_at is None
    for last_day in (today, None):
        set_last_day(actor=world.per.actor, membership_id=henri.pk, last_day=last_day)
    henri.refresh_from_db()
    assert henri.ends_on is None
