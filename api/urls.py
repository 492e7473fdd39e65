"""Addresses of the API, with what each may show.

They are declared, not wrapped as pages are: a view of the API counts as entered only behind its
own door (see api.views.SignedInView), and what it shows is judged like every other answer.
"""

from django.urls import path

from api import views
from audit.exposure import Exposure, declare

declare(Exposure.RECORDS, "api_referrals")
declare(Exposure.RECORDS, "api_access_events")
declare(Exposure.FORM, "api_schema")

urlpatterns = [
    path("referrals/", views.ReferralsView.as_view(), name="api_referrals"),
    path("access-events/", views.AccessEventsView.as_view(), name="api_access_events"),
    path("schema/", views.SchemaView.as_view(), name="api_schema"),
]
