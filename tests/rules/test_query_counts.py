"""Lists ask the database as often for 30 rows as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import Referral
from tests.referrals import send
from tests.signing_in import signed_in_client
from tests.world import World, build_world

LISTS = [("anke", "inbox"), ("anke", "home"), ("maud", "home"), ("maud", "referral_list")]


@pytest.mark.django_db(transaction=True)
def test_lists_ask_as_often_for_thirty_rows_as_for_one() -> None:
    world = build_world()
    send(world)
    clients = {name: signed_in_client(world.people[name]) for name in ("anke", "maud")}
    few = {each: _queries(clients[each[0]], each[1]) for each in LISTS}
    _fill(world, 29)
    many = {each: _queries(clients[each[0]], each[1]) for each in LISTS}
    assert many == few


def _fill(world: World, count: int) -> None:
    for _each in range(count):
        send(world)
    assert Referral.objects.count() == count + 1


def _queries(client: Client, name: str) -> int:
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse(name))
    assert answer.status_code == 200
    return len(queries)
