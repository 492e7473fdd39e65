"""The only module of accounts that sends e-mail: an invitation, with nothing of anybody in it."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template import Context, Engine

from accounts.queries import the_partnership

logger = logging.getLogger(__name__)


def send_invitation(*, to: str, link: str, hours: int) -> bool:
    """Whether the mail left. Call it after the invitation has committed: it must not be lost."""
    if settings.MAIL_BY == "nobody":
        return False
    context = {"city": the_partnership().city, "link": link, "hours": hours}
    try:
        send_mail(
            subject=" ".join(_text("invitation_subject.txt", context).split()),
            message=_text("invitation.txt", context),
            from_email=None,
            recipient_list=[to],
        )
    except (SMTPException, OSError, ValueError) as error:
        logger.warning("an invitation was not mailed", exc_info=error)
        return False
    return True


def _text(name: str, context: dict[str, object]) -> str:
    """A template as plain text: in a mail an apostrophe is an apostrophe."""
    template = Engine.get_default().get_template(f"emails/{name}")
    return str(template.render(Context(context, autoescape=False)))
