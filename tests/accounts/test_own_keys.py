"""What opens somebody's own keys, and who must have a sheet because nobody else holds the desk."""

import pytest

from accounts.queries.own_keys import agencies_held_alone, own_keys, sheet_state
from accounts.services.leaving import end_membership
from accounts.services.rescue import make_sheet
from tests.world import PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_holds_an_agencys_key_alone_must_have_a_sheet(world: World) -> None:
    assert agencies_held_alone(world.rolf.user.pk) == ["Rivenne police"]
    assert agencies_held_alone(world.anke.user.pk) == [], "Noor is her deputy"
    assert agencies_held_alone(world.noor.user.pk) == ["Family support Rivenne"]
    assert agencies_held_alone(world.maud.user.pk) == []
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    assert agencies_held_alone(world.anke.user.pk) == ["Rivenne prevention office"]


def test_a_made_sheet_ends_the_offer(world: World) -> None:
    assert not sheet_state(world.rolf.user.pk).is_made
    make_sheet(actor=world.rolf.actor)
    state = sheet_state(world.rolf.user.pk)
    assert state.is_made
    assert state.alone_at == []
    keys = own_keys(world.rolf.user.pk)
    assert keys.sheet_since is not None
    assert keys.phrase_since is not None
    assert keys.passkeys == []
