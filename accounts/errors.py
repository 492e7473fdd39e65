"""What can go wrong with people and keys, one exception for each thing a person can be told."""


class AccountsError(Exception):
    """Base of this app's own errors; carries no text of a case."""


class NotSignedIn(AccountsError):
    """The request has no person."""


class NoHat(AccountsError):
    """The person has no running membership, so there is nothing to act as."""


class KeysLocked(AccountsError):
    """The person is known but the member keys are not open in this request."""


class FactorMissing(AccountsError):
    """The person's hats ask for a second factor, and there is none yet."""


class ProofNeeded(AccountsError):
    """The act asks that the person shows again who they are, within the last minutes."""


class WrongFactor(AccountsError):
    """A code, a security key or a passkey was refused."""


class NoKeyInPasskey(AccountsError):
    """The passkey proves who it is but holds no key: it is a second factor only."""


class KeyFault(AccountsError):
    """Base of key errors."""


class WrongKey(KeyFault):
    """A blob does not open: wrong key, another place, or altered bytes."""


class UnknownFormat(KeyFault):
    """A blob names a version, suite or purpose that this program does not know."""


class MissingKey(KeyFault):
    """A recipient has no key (yet). The act must stop: never a downgrade to plaintext."""

    def __init__(self, recipient: str) -> None:
        super().__init__("recipient without a key")
        self.recipient = recipient


class DirectoryForged(KeyFault):
    """The directory of statements does not verify up to the pin: nothing may be sealed by it."""


class KeeperRefused(KeyFault):
    """The keeper did not accept the event named as the reason to open its lock."""


class KeeperBusy(KeyFault):
    """A key is erased but its bytes could not be cut from the keeper's journal: erase again."""


class FileErased(KeyFault):
    """The keeper holds no key for this file (any more)."""


class TooBusy(AccountsError):
    """Too many key derivations run at once; the person should try again in a moment."""


class WrongPassphrase(AccountsError):
    """The pass phrase does not open the slot."""


class NotAllowed(AccountsError):
    """The actor's hat does not carry this act; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LinkInvalid(AccountsError):
    """A joining link is unknown, used or too old."""


class HatExists(AccountsError):
    """The person has this role at this agency already."""


class AccountClosed(AccountsError):
    """The person is suspended: that ends first, by an act of its own."""


class RecoveryRefused(AccountsError):
    """A recovery ceremony stops; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
