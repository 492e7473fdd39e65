"""The page with the words by which people recognise each other's keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.actor import actor_for
from accounts.errors import DirectoryForged
from accounts.services.key_words import show_key_words


@require_safe
def key_words(request: HttpRequest) -> HttpResponse:
    """The own words, those of the founding statement, and those of the holders one seals to."""
    actor = actor_for(request)
    try:
        shown = show_key_words(actor=actor)
    except DirectoryForged:
        return render(request, "accounts/key_words.html", {"forged": True}, status=409)
    return render(request, "accounts/key_words.html", {"words": shown})
