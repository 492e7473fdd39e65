"""The auditor's page and one's own record, as their readers see them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.actor import make_actor
from accounts.keys.member import Pin, generate
from accounts.models import Agency, Membership, Partnership, User
from accounts.roles import Role
from audit import views
from audit.events import Event, Outcome
from audit.models import AccessEvent
from audit.pseudonyms import case_pseudonym, pseudonym, pseudonym_code
from audit.queries import EventFilter, events
from audit.record import Origin
from audit.rows import Names, log_rows
from tests.audit.acts import CASE, written

pytestmark = pytest.mark.django_db(transaction=True)

View = Callable[[HttpRequest], Any]


@pytest.fixture
def school() -> Agency:
    partnership = Partnership.objects.create(name="RivePrev", city="Rivenne", country="FR")
    return Agency.objects.create(partnership=partnership, name="Lycée Gandon", kind="SCHOOL")


def _hat(agency: Agency, role: Role, name: str) -> Membership:
    user = User.objects.create(email=f"{name.split(maxsplit=1)[0].lower()}@example.org", name=name)
    return Membership.objects.create(
        user=user, agency=agency, role=role, starts_on=date(2026, 1, 1)
    )


def _origin(hat: Membership) -> Origin:
    return Origin(hat.user.log_ref, hat.agency_id, hat.role, uuid4(), uuid4(), "browser")


def _shown(view: View, hat: Membership, query: str = "") -> str:
    """The page as this person's browser gets it."""
    request = RequestFactory().get(f"/{query}")
    request.user = hat.user
    request.session = {}  # type: ignore[assignment]  # the frame only asks for the chosen hat
    keys = generate(hat.user_id, Pin(bytes(32), 0, bytes(32)))
    actor = make_actor(hat.user, hat, keys, _origin(hat))
    request.confer_actor = actor  # type: ignore[attr-defined]  # as actor_for keeps it
    response = view(request)
    assert response.status_code == 200
    return str(response.content.decode())


def _recorded_event(page: str) -> AccessEvent:
    match = re.search(r"<code[^>]*>([0-9a-f-]{36})</code>", page)
    assert match is not None
    return AccessEvent.objects.get(id=UUID(match[1]))


def _rows(page: str) -> int:
    return page.count('role="row"') - 1 if "<tbody" in page else 0


def test_auditor_sees_pseudonyms_and_no_names(school: Agency) -> None:
    teacher = _hat(school, Role.FRONTLINE, "Maud Terrel")
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    reader = uuid4()
    written(Event.ITEM_READ, _origin(teacher), case_ref=CASE, compartment="C2", purpose="INTAKE")
    written(Event.SHARE_MADE, _origin(teacher), recipients=[reader], refs=[CASE])
    page = _shown(views.access_log, auditor)
    assert _rows(page) == 2
    for words in (
        pseudonym(teacher.user.log_ref),
        case_pseudonym(CASE),
        pseudonym(reader),
        "Lycée Gandon",
        "Opened an item",
        "part C2",
    ):
        assert words in page
    for secret in ("Maud", str(teacher.user.log_ref), str(CASE), str(teacher.user_id)):
        assert secret not in page


def test_page_names_its_own_event(school: Agency) -> None:
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    event = _recorded_event(_shown(views.access_log, auditor))
    assert (event.action, event.actor) == (Event.LOG_QUERIED, auditor.user.log_ref)


def test_links_narrow_to_person_and_case(school: Agency) -> None:
    teacher = _hat(school, Role.FRONTLINE, "Maud Terrel")
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    written(Event.ITEM_READ, _origin(teacher), case_ref=CASE)
    written(Event.SIGNIN_FAILED, outcome=Outcome.REFUSED, reason="mismatch")
    page = _shown(views.access_log, auditor)
    person, case = pseudonym_code(teacher.user.log_ref), pseudonym_code(CASE)
    for link in (f"?person={person}", f"?case={case}"):
        assert f'href="{link}"' in page
        narrowed = _shown(views.access_log, auditor, link)
        assert "Opened an item" in narrowed.split("<tbody")[1]
    assert _recorded_event(_shown(views.access_log, auditor, f"?case={case}")).case_ref == CASE


def test_dpo_is_offered_and_shown_the_own_agency_only(school: Agency) -> None:
    police = Agency.objects.create(partnership=school.partnership, name="Police", kind="POLICE")
    dpo = _hat(school, Role.DPO, "Claire Nuñez")
    teacher = _hat(school, Role.FRONTLINE, "Maud Terrel")
    officer = _hat(police, Role.AGENCY_LEAD, "Rolf Sand")
    for hat in (teacher, officer):
        written(Event.ITEM_READ, _origin(hat), case_ref=CASE)
    page = _shown(views.access_log, dpo)
    assert pseudonym(teacher.user.log_ref) in page
    assert pseudonym(officer.user.log_ref) not in page
    assert str(police.id) not in page


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR, Role.DPO}))
def test_other_hats_get_404_on_record(school: Agency, role: Role) -> None:
    hat = _hat(school, role, "Maud Terrel")
    with pytest.raises(Http404):
        _shown(views.access_log, hat, "?person=nonsense")
    event = AccessEvent.objects.get()
    assert (event.action, event.outcome) == (Event.PAGE_REFUSED, Outcome.REFUSED)
    assert event.actor == hat.user.log_ref


def test_unreadable_filter_shows_errors_and_no_events(school: Agency) -> None:
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    written(case_ref=CASE)
    page = _shown(views.access_log, auditor, "?case=Teo+L.&since=yesterday")
    assert _rows(page) == 0
    assert "Teo L." in page
    assert "govuk-error-summary" in page
    assert _recorded_event(page).outcome == Outcome.REFUSED


def test_nothing_found_is_said_and_recorded(school: Agency) -> None:
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    page = _shown(views.access_log, auditor, f"?person={pseudonym_code(uuid4())}")
    assert _rows(page) == 0
    assert "Nothing found" in page
    assert _recorded_event(page).action == Event.LOG_QUERIED


def test_pages_lead_through_the_whole_log(school: Agency) -> None:
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    for _ in range(70):
        written(case_ref=CASE)
    narrow = f"?case={pseudonym_code(CASE)}&act=item.read"
    page = _shown(views.access_log, auditor, narrow)
    assert _rows(page) == 50
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', page)
    assert older is not None
    rest = _shown(views.access_log, auditor, older[1].replace("&amp;", "&"))
    assert _rows(rest) == 20
    assert "before=" not in rest


def test_own_record_shows_own_acts_only(school: Agency) -> None:
    teacher = _hat(school, Role.FRONTLINE, "Maud Terrel")
    colleague = _hat(school, Role.FRONTLINE, "Karim Benali")
    written(Event.ITEM_READ, _origin(teacher), case_ref=CASE)
    written(Event.PART_READ, _origin(colleague), case_ref=CASE)
    page = _shown(views.my_record, teacher)
    assert "Opened an item" in page
    assert "Opened a part" not in page
    assert pseudonym_code(colleague.user.log_ref) not in page
    assert _recorded_event(page).action == Event.OWN_RECORD_SHOWN


def test_own_record_survives_a_bad_place(school: Agency) -> None:
    teacher = _hat(school, Role.FRONTLINE, "Maud Terrel")
    event = _recorded_event(_shown(views.my_record, teacher, "?before=nowhere"))
    assert event.action == Event.OWN_RECORD_SHOWN


def test_word_of_a_later_version_is_shown_as_it_stands() -> None:
    written()
    (event,) = events(EventFilter()).events
    (row,) = log_rows([replace(event, action="item.whispered")], Names({}, {}))
    assert {"text": "item.whispered"} in row


def test_number_of_queries_does_not_grow_with_the_log(school: Agency) -> None:
    auditor = _hat(school, Role.AUDITOR, "Nora Lind")
    taken = []
    for rows in (1, 30):
        for _ in range(rows):
            written(case_ref=uuid4())
        with CaptureQueriesContext(connection) as queries:
            _shown(views.access_log, auditor)
        taken.append(len(queries))
    assert taken[0] == taken[1]
