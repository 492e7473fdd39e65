"""Suggests a pass phrase: six words by chance. Nothing here is stored, and nobody must take it."""

import secrets

from accounts.keys.words import WORDS

WORDS_SUGGESTED = 6


def suggest_phrase() -> str:
    """Six words with blanks between them: 48 bits, which the keeper's pepper makes enough."""
    return " ".join(secrets.choice(WORDS) for _each in range(WORDS_SUGGESTED))
