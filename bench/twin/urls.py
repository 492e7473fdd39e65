"""Addresses of the twin."""

from django.contrib.auth.views import LoginView
from django.urls import path

from bench.twin.views import ItemDetail, ReferralList

urlpatterns = [
    path("login/", LoginView.as_view(template_name="twin/login.html"), name="login"),
    path("", ReferralList.as_view(), name="referral_list"),
    path("items/<uuid:pk>/", ItemDetail.as_view(), name="item_detail"),
]
