"""The addresses of the API: each reads a request, calls one act and shows what comes back."""

from typing import Any
from uuid import UUID

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.actor import Actor
from accounts.queries import agency_names
from accounts.roles import SENDING_ROLES
from api import problems
from api.authentication import actor_of
from api.errors import Refusal
from api.idempotency import key_of
from api.log_filter import filter_faults, filter_of
from api.referral_body import checked_referral
from api.schema import described_events, described_list, described_sending, undescribed
from api.serializers import EventPageSerializer, OwnListSerializer, OwnReferralSerializer
from api.throttling import LookingUp, Reading, Sending
from audit import context, lookups
from casework.queries.desk_hours import desk_hours
from casework.queries.draft_setting import draft_setting
from casework.services.send_whole import require_sender, send_whole
from casework.services.show_lists import show_own_list, show_own_referral


class SignedInView(APIView):
    """A view behind the door: authentication, permission and throttle come before it is entered."""

    # Without OPTIONS: what an address takes stands in the schema.
    http_method_names = ["get", "head", "post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the log's middleware know that from here on a refusal must be on record."""
        super().initial(request, *args, **kwargs)
        request_context = context.current()
        if request_context is not None:
            request_context.view_entered = True


class ReferralsView(SignedInView):
    """Send a referral; see what became of the own ones."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Sending is rarer than looking."""
        return [Sending()] if self.request.method == "POST" else [Reading()]

    @described_list
    def get(self, request: Request) -> Response:
        """The own referrals, newest first, and who could be barred from the next one."""
        actor = actor_of(request)
        shown = {"referrals": show_own_list(actor=actor), "barrable": _barrable(actor)}
        serializer = OwnListSerializer(shown, context={"hours": desk_hours()})
        return Response(serializer.data)

    @described_sending
    def post(self, request: Request) -> Response:
        """Send a referral, once for each Idempotency-Key."""
        actor = actor_of(request)
        require_sender(actor=actor)
        key = key_of(request)
        checked = checked_referral(request.data, draft_setting(actor))
        referral_id = send_whole(
            actor=actor, key=key, answers=checked.answers, sending=checked.sending
        )
        return Response(_told(actor, referral_id), status=201)


class AccessEventsView(SignedInView):
    """Look something up in the access log."""

    throttle_classes = [LookingUp]

    @described_events
    def get(self, request: Request) -> Response:
        """Events within the hat's reach, by pseudonym; the look-up itself is recorded."""
        actor = actor_of(request)
        origin = actor.origin
        lookups.require_reach(origin=origin)
        agencies = agency_names()
        form = filter_of(request.query_params, actor, agencies)
        faults = filter_faults(request.query_params, form)
        if faults:
            lookups.refuse_filter(origin=origin)
            raise Refusal(problems.INVALID, *faults)
        found = lookups.look_up(origin=origin, wanted=form.wanted(), page=form.page())
        older = found.page.older
        shown = {
            "event_id": found.event_id,
            "events": found.page.events,
            "older": str(older) if older else None,
        }
        return Response(EventPageSerializer(shown, context={"agencies": agencies}).data)


class SchemaView(SignedInView):
    """What this API takes and gives, as an OpenAPI document; there is no page that draws it."""

    throttle_classes = [Reading]
    renderer_classes: list[type[BaseRenderer]] = [OpenApiJsonRenderer2]

    @undescribed
    def get(self, request: Request) -> Response:
        """The same document for everybody who is signed in."""
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]
        return Response(generator.get_schema(public=True))  # type: ignore[no-untyped-call]


def _barrable(actor: Actor) -> list[Any]:
    """The desk's people, for those who write to it; the watchers know them by pseudonym only."""
    return list(draft_setting(actor).barrable) if actor.hat.role in SENDING_ROLES else []


def _told(actor: Actor, referral_id: UUID) -> Any:
    row = show_own_referral(actor=actor, referral_id=referral_id).row
    return OwnReferralSerializer(row, context={"hours": desk_hours()}).data
