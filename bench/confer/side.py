"""Confer as the bench drives it: its own sign-in, inbox and opening of an item."""

from types import ModuleType
from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from accounts.keys import derivation
from bench.plan import TEXT
from bench.side import LIST, Answer, Side
from casework.choices import Compartment
from casework.models import Item
from casework.queries.worklists import PAGE_SIZE
from tests.world import PHRASE

_READER = "anke@test.example"
_SCHOOL = "Lycée Gandon"
_FORM = "application/x-www-form-urlencoded"


class Confer(Side):
    """The product's pages, as its intake desk sees them."""

    hash_module: ClassVar[ModuleType] = derivation
    hash_name = "hash_secret_raw"

    def prepare(self) -> None:
        found = Item.objects.filter(agency__name=_SCHOOL, compartment=Compartment.C2)
        self.items: list[UUID] = list(found.order_by("id").values_list("pk", flat=True))

    def sign_in_page(self) -> Answer:
        return self._post(reverse("sign_in"), {"login": _READER, "password": PHRASE})

    def list_page(self) -> Answer:
        return self.client.get(reverse("inbox"), secure=True)

    def open_page(self, number: int) -> Answer:
        item = self.items[number % len(self.items)]
        return self._post(reverse("item_open", args=[item]), {})

    def shows(self, act: str, text: str) -> bool:
        return text.count("RV-") >= PAGE_SIZE if act == LIST else TEXT[:60] in text

    def _post(self, address: str, fields: dict[str, str]) -> Answer:
        """As a browser's form does: Confer refuses the client's own multipart."""
        return self.client.post(address, urlencode(fields), content_type=_FORM, secure=True)
