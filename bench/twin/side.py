"""The twin as the bench drives it."""

from types import ModuleType
from typing import ClassVar
from uuid import UUID

from django.contrib.auth import hashers
from django.urls import reverse

from bench.plan import PASSWORD, READER, TEXT, planned
from bench.side import LIST, Answer, Side
from bench.twin.models import Item
from bench.twin.views import PAGE_SIZE


class Twin(Side):
    """The plain pages, with the permission tables that the settings choose."""

    hash_module: ClassVar[ModuleType] = hashers
    hash_name = "pbkdf2"

    def prepare(self) -> None:
        cases = [each.case_id for each in planned(self.total) if each.opened]
        found = Item.objects.filter(case__in=cases).order_by("id").values_list("pk", flat=True)
        self.items: list[UUID] = list(found)

    def sign_in_page(self) -> Answer:
        return self.client.post(reverse("login"), {"username": READER, "password": PASSWORD})

    def list_page(self) -> Answer:
        return self.client.get(reverse("referral_list"))

    def open_page(self, number: int) -> Answer:
        return self.client.get(reverse("item_detail", args=[self.items[number % len(self.items)]]))

    def shows(self, act: str, text: str) -> bool:
        return text.count("<tr>") == PAGE_SIZE + 1 if act == LIST else TEXT.strip()[:60] in text
