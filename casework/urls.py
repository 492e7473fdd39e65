"""Addresses of casework."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from audit.exposure import Exposure, page
from casework.forms.journey import STEP_NAMES
from casework.views import (
    advice,
    agencies,
    check,
    consultations,
    desk,
    drafts,
    home,
    pages,
    parts,
    people,
    person,
    referrals,
    screening,
)


class StepConverter(StringConverter):
    """The pages of a referral by name; no other name is an address."""

    regex = "|".join(STEP_NAMES)


register_converter(StepConverter, "step")

urlpatterns = [
    # The referrer's pages
    page(Exposure.FORM, "referrals/new/", drafts.referral_new, "referral_new"),
    page(
        Exposure.RECORDS,
        "drafts/<uuid:draft_id>/<step:step>/",
        drafts.referral_step,
        "referral_step",
    ),
    page(
        Exposure.RECORDS,
        "drafts/<uuid:draft_id>/check/",
        drafts.referral_check,
        "referral_check",
    ),
    page(
        Exposure.RECORDS,
        "drafts/<uuid:draft_id>/delete/",
        drafts.draft_delete,
        "draft_delete",
    ),
    page(
        Exposure.RECORDS,
        "drafts/<uuid:draft_id>/question/",
        consultations.consultation_write,
        "consultation_write",
    ),
    page(Exposure.FORM, "advice/new/", consultations.consultation_new, "consultation_new"),
    page(
        Exposure.RECORDS,
        "advice/<uuid:consultation_id>/",
        consultations.consultation_detail,
        "consultation_detail",
    ),
    page(
        Exposure.RECORDS,
        "advice/<uuid:consultation_id>/convert/",
        consultations.consultation_convert,
        "consultation_convert",
    ),
    page(Exposure.RECORDS, "referrals/", referrals.referral_list, "referral_list"),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/",
        referrals.referral_detail,
        "referral_detail",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/receipt/",
        referrals.referral_receipt,
        "referral_receipt",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/own/<str:part>/",
        referrals.own_part,
        "own_part",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/add/",
        referrals.addition_new,
        "addition_new",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/again/",
        referrals.referral_resubmit,
        "referral_resubmit",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/withdraw/",
        referrals.referral_withdraw,
        "referral_withdraw",
    ),
    page(
        Exposure.RECORDS,
        "referrals/<uuid:referral_id>/past-lead/",
        referrals.referral_past_lead,
        "referral_past_lead",
    ),
    # People
    page(Exposure.RECORDS, "people/", people.people_list, "people_list"),
    page(Exposure.RECORDS, "people/invite/", people.person_invite, "person_invite"),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/let-in/",
        people.person_admit,
        "person_admit",
    ),
    page(Exposure.RECORDS, "people/<uuid:membership_id>/link/", people.person_link, "person_link"),
    page(Exposure.RECORDS, "people/<uuid:membership_id>/", person.person_detail, "person_detail"),
    page(Exposure.RECORDS, "people/<uuid:membership_id>/end/", person.person_end, "person_end"),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/last-day/",
        person.person_last_day,
        "person_last_day",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/suspend/",
        person.person_suspend,
        "person_suspend",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/reopen/",
        person.person_reopen,
        "person_reopen",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/lost-phrase/",
        person.person_lost_phrase,
        "person_lost_phrase",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/second-factor/",
        person.person_factor,
        "person_factor",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/send-again/",
        person.person_send_again,
        "person_send_again",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/leave/",
        person.person_leave,
        "person_leave",
    ),
    page(
        Exposure.RECORDS,
        "people/<uuid:membership_id>/leave/<uuid:leave_id>/remove/",
        person.leave_remove,
        "leave_remove",
    ),
    page(
        Exposure.RECORDS,
        "agencies/<uuid:agency_id>/leave/",
        agencies.agency_leave,
        "agency_leave",
    ),
    # What waits, and the desk
    page(Exposure.RECORDS, "", home.home, "home"),
    page(Exposure.RECORDS, "desk/", desk.inbox, "inbox"),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/",
        desk.referral_desk,
        "referral_desk",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/acknowledge/",
        desk.acknowledge,
        "acknowledge",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/return/",
        desk.return_referral,
        "return_referral",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/urgent/",
        desk.route_urgent,
        "route_urgent",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/message/",
        desk.message_send,
        "message_send",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/pass-on/",
        check.pass_check,
        "pass_check",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/not-pursue/",
        check.not_pursue,
        "not_pursue",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/second/",
        screening.ask_second,
        "ask_second",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/view/",
        screening.give_view,
        "give_view",
    ),
    page(
        Exposure.RECORDS,
        "desk/referrals/<uuid:referral_id>/decide/",
        screening.decide_screening,
        "decide_screening",
    ),
    page(
        Exposure.RECORDS,
        "desk/advice/<uuid:consultation_id>/",
        advice.advice_desk,
        "advice_desk",
    ),
    page(
        Exposure.RECORDS,
        "desk/advice/<uuid:consultation_id>/end/",
        advice.advice_end,
        "advice_end",
    ),
    page(
        Exposure.RECORDS,
        "cases/<uuid:case_id>/parts/<str:compartment>/",
        parts.part_open,
        "part_open",
    ),
    page(
        Exposure.RECORDS,
        "cases/<uuid:case_id>/reason/",
        parts.part_reason,
        "part_reason",
    ),
    page(
        Exposure.RECORDS,
        "items/<uuid:item_id>/",
        parts.item_open,
        "item_open",
    ),
    # The same for everybody
    page(Exposure.PUBLIC, "help/", pages.help_page, "help"),
    page(Exposure.PUBLIC, "privacy/", pages.privacy, "privacy"),
    page(Exposure.PUBLIC, "accessibility/", pages.accessibility, "accessibility"),
    page(Exposure.PUBLIC, "brand.css", pages.brand_css, "brand_css"),
]
