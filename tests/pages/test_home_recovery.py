"""What the first page says of recovery, and to whom."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import RecoveryKey
from tests.ceremonies import CUSTODIANS, founded_by
from tests.signing_in import signed_in_client
from tests.world import Person, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = "There are new recovery keys"


@pytest.fixture
def world() -> World:
    return build_world()


def home(person: Person) -> str:
    answer = signed_in_client(person).get(reverse("home"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_can_act_is_reminded_and_nobody_else(world: World) -> None:
    for name in ("anke", "per"):
        assert "There are no recovery keys" in home(world.people[name])
    for name in ("maud", "sofia", "nora"):
        assert "recovery keys" not in home(world.people[name])


def test_every_desk_sees_who_the_custodians_are(world: World) -> None:
    founded_by(world)
    page = home(world.sofia)
    assert NEWS in page
    assert all(name in page for name, _phrase in CUSTODIANS)
    assert NEWS not in home(world.maud)
    assert "Nobody has tried the recovery keys yet" in home(world.anke)
    RecoveryKey.objects.update(founded_at=timezone.now() - timedelta(days=31))
    assert NEWS not in home(world.sofia)


def test_rehearsal_is_due_again_after_six_months(world: World) -> None:
    founded_by(world)
    now = timezone.now()
    RecoveryKey.objects.update(rehearsed_at=now - timedelta(days=10))
    assert "rehearse" not in home(world.anke)
    RecoveryKey.objects.update(rehearsed_at=now - timedelta(days=190))
    assert "It is time to rehearse the recovery keys" in home(world.anke)
