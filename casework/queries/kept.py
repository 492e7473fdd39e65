"""Whether something of a person was kept since their session was last used: a count, no content."""

from uuid import UUID

from accounts.models import BrowserSession
from casework.models import KeptStep, KeptText


def kept_since_use(session_ref: UUID) -> int:
    """How many texts were kept after this session did its last saving, when it locked."""
    session = BrowserSession.objects.filter(pk=session_ref).first()
    if session is None:
        return 0
    steps = KeptStep.objects.filter(draft__author_id=session.user_id, kept_at__gte=session.used_at)
    texts = KeptText.objects.filter(author_id=session.user_id, kept_at__gte=session.used_at)
    return steps.count() + texts.count()
