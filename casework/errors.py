"""What can go wrong in casework, one exception for each thing a person can be told."""


class CaseworkError(Exception):
    """Base of this app's own errors; carries codes, never text of a case."""


class AccessDenied(CaseworkError):
    """The actor may not do this. Pages answer as if the thing did not exist."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidTransition(CaseworkError):
    """The thing has moved on; `state` is where it stands now."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class SealError(CaseworkError):
    """Base of sealing errors."""


class SealBroken(SealError):
    """A sealed text does not open in its place: altered, swapped, replayed or another's key."""


class SealUnknown(SealError):
    """A sealed text names a version or suite that this program does not know."""


class SealForged(SealError):
    """A text opens, but it was not signed by whom it says."""


class NobodyCanRead(CaseworkError):
    """Everybody at the desk is barred, or nobody there has a key: the act must stop."""


class NoCustodian(CaseworkError):
    """The partnership names no custodian for protected places: by telephone only."""


class RecoveryNotReady(CaseworkError):
    """The first referral waits until recovery keys exist and were tried: by telephone only."""


class DraftGone(CaseworkError):
    """The draft was sent or deleted meanwhile."""


class NotKept(CaseworkError):
    """What came without a session is for nobody who may send it; whoever sent it is not told."""


class OtherTextSent(CaseworkError):
    """The form was sent before with another text: this one is neither lost nor sent."""


class ScreenersDisagree(CaseworkError):
    """The two agencies have not given the same outcome, so nothing can be decided."""
