"""Random references that can be read out on the telephone; they say nothing."""

import secrets

# Crockford's alphabet: no I, L, O, U, so nothing is misheard or misread.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference(prefix: str) -> str:
    """For instance RV-7KQ4-M2XD: 40 random bits, checked for uniqueness by the table."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return f"{prefix}-{''.join(letters[:4])}-{''.join(letters[4:])}"
