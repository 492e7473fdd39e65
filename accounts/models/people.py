"""Tables of people, their memberships (hats) and the links by which they join."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.models.partnership import Agency
from accounts.roles import Role


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail, whatever its case; people are made by the services only."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an e-mail address. The pass phrase is checked by key slots, nowhere else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    log_ref = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="pseudonym in the access log"
    )
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    # Set by the backend in the request that signs in: the opened slot, for the sign-in form.
    opened: object | None = None

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return str(self.id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep Django's password column unusable: no second hash of a phrase may ever exist."""
        self.set_unusable_password()
        super().save(*args, **kwargs)

    def check_password(self, raw_password: str | None) -> bool:
        """Refuse always: only accounts.backends opens a slot, with one derivation."""
        return False

    def has_usable_password(self) -> bool:
        """A person has a usable phrase when a password slot exists."""
        return self.slots.filter(kind="PASSWORD").exists()

    def get_session_auth_hash(self) -> str:
        """Sessions end with the next epoch, not with a change of the unused password column."""
        return salted_hmac(
            "confer.session", f"{self.id}:{self.session_epoch}", algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Nobody, a superuser included, has a permission by this road (casework.access decides)."""
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """See has_perm."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """See has_perm."""
        return False

    def get_user_permissions(self, obj: Any = None) -> set[str]:
        """See has_perm."""
        return set()

    def get_group_permissions(self, obj: Any = None) -> set[str]:
        """See has_perm."""
        return set()

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """See has_perm."""
        return set()


class Membership(models.Model):
    """One hat: a person acts for an agency in a role, from a day to a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    deputy_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="deputies"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="last day, included")
    ended_at = models.DateTimeField(null=True, blank=True)
    admitted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="membership_hat_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class JoinLink(models.Model):
    """A single-use link by which a new person sets a pass phrase; it holds no key material."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="join_links")
    token_digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Leave(models.Model):
    """Planned absence of a hat; nothing is cut by it, but gaps without a key holder show early."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="leaves")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="last day, included")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="leave_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class NoticeKind(models.TextChoices):
    """What everybody at an agency must see about its keys."""

    RESCUE_USED = "RESCUE_USED", "RESCUE_USED"
    KEY_REPLACED = "KEY_REPLACED", "KEY_REPLACED"
    FACTOR_RESET = "FACTOR_RESET", "FACTOR_RESET"
    RECOVERY_USED = "RECOVERY_USED", "RECOVERY_USED"


class KeyNotice(models.Model):
    """An unusual use of keys, shown to all members of the agency for 30 days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="key_notices")
    about = models.ForeignKey(User, on_delete=models.PROTECT, related_name="key_notices")
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
