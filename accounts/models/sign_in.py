"""How people show who they are, and where they are signed in."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User
from core.fields import BlindIndexField, EncryptedTextField
from core.ids import new_id

if TYPE_CHECKING:
    KeyText = models.CharField[str, str]
else:
    KeyText = models.CharField

ADDRESS_AT_MOST: Final = 45
AGENT_AT_MOST: Final = 300


class MailOrder(models.Model):
    """A mail to be written and sent. It is written when it is sent, so no secret that
    will stand in it waits here, and an address that nobody has costs the same."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=32)
    email = EncryptedTextField()
    about = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class MailedToken(models.Model):
    """What a mail lets its reader do, once. The token is kept as its SHA-256 and is
    good only while the account has the address that it was sent to."""

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        RESET = "reset"
        PROOF = "proof"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=6, choices=Purpose)
    digest = models.BinaryField(unique=True, editable=False)
    email_index = BlindIndexField("e-mail", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} for {self.user_id}"


class SecondFactor(models.Model):
    """An app that makes codes. It counts from when its owner has shown one; `last_step`
    is that of the last code that was accepted, for none is good twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    secret = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """For who lost the app. Has as many bits as a key, so a plain hash keeps it; the
    row goes when it is used."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Identity(models.Model):
    """Who a user is at a provider that signs him in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_identity")
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class Digest(str):
    """A key as it is stored."""

    __slots__ = ()


class DigestedKeyField(KeyText):
    """Text that the database keeps as its SHA-256: who reads the table cannot use it.
    Look-ups take the text; what was read is the digest, and finds its row, too."""

    def from_db_value(
        self, value: str | None, expression: object, connection: object
    ) -> Digest | None:
        return None if value is None else Digest(value)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Digest):
            return value
        return digest_of(str(value))


def digest_of(key: str) -> Digest:
    return Digest(sha256(key.encode(errors="replace")).hexdigest())


class BrowserSession(AbstractBaseSession):
    """A session of Django's, with whose it is and where. `handle` names it to people,
    for the key is a secret."""

    session_key = DigestedKeyField(primary_key=True, max_length=64)
    handle = models.UUIDField(unique=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    address = models.CharField(max_length=ADDRESS_AT_MOST, blank=True)
    user_agent = models.CharField(max_length=AGENT_AT_MOST, blank=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sign_in.store import SessionStore

        return SessionStore


class ProgramSession(models.Model):
    """A program that signed in: the family of refresh tokens that came of it, and its
    id is theirs. Without the row none of them is good."""

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    address = models.CharField(max_length=ADDRESS_AT_MOST, blank=True)
    user_agent = models.CharField(max_length=AGENT_AT_MOST, blank=True)

    def __str__(self) -> str:
        return f"program of {self.user_id}"
