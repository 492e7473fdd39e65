"""What the unlock page may promise: it says that text is kept only where something was kept."""

from django import template
from django.http import HttpRequest

from accounts.actor import session_ref_of
from casework.queries.kept import kept_since_use

register = template.Library()


@register.simple_tag
def text_is_kept(request: HttpRequest) -> bool:
    """Whether something was kept when this session locked."""
    session_ref = session_ref_of(request)
    return session_ref is not None and kept_since_use(session_ref) > 0
