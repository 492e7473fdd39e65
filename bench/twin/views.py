"""The twin's two pages, as class-based views with the mixins of guardian and auditlog."""

from auditlog.mixins import LogAccessMixin
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.views.generic import DetailView, ListView
from guardian.shortcuts import get_objects_for_user

from bench.plan import OPEN_STATES
from bench.twin.models import Item, Referral

PAGE_SIZE = 50


class ReferralList(LoginRequiredMixin, ListView):  # type: ignore[type-arg]
    """The open referrals that the reader may see, 50 on a page."""

    template_name = "twin/referral_list.html"
    context_object_name = "referrals"
    paginate_by = PAGE_SIZE

    def get_queryset(self) -> QuerySet[Referral]:
        """Urgent first, then the oldest."""
        cases = get_objects_for_user(self.request.user, "twin.view_case")
        found = Referral.objects.filter(case__in=cases, state__in=OPEN_STATES)
        return found.select_related("case", "agency").order_by("-urgency", "submitted_at", "id")


class ItemDetail(LoginRequiredMixin, LogAccessMixin, DetailView):  # type: ignore[misc,type-arg]
    """One item; auditlog keeps that it was read."""

    template_name = "twin/item_detail.html"
    context_object_name = "item"

    def get_queryset(self) -> QuerySet[Item]:
        """The items of the cases that the reader may see."""
        cases = get_objects_for_user(self.request.user, "twin.view_case")
        return Item.objects.filter(case__in=cases).select_related("case", "agency")
