"""Users, the workspaces they belong to, and the keys of their programs."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils.timezone import now

from accounts.models.keys import DataKey
from accounts.rights.table import is_unlimited
from core.crypto import DecryptionError
from core.fields import BlindIndexField, EncryptedTextField
from core.ids import new_id
from core.keys import blind_index


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, email: str | None) -> "User":
        """Find by e-mail, through the blind index: the address is encrypted."""
        return self.get(email_index=blind_index(email or ""))

    def create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        user = self.model(email=email, email_index=blind_index(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email_index: str, password: str | None, **fields: Any
    ) -> "User":
        """`createsuperuser` passes the e-mail under the name of USERNAME_FIELD."""
        rights = {"is_staff": True, "is_superuser": True, "role": User.Role.ADMIN}
        return self.create_user(email_index, password, **(rights | fields))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail, stored encrypted and found by its index."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        USER = "user"
        VIEWER = "viewer"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = EncryptedTextField()
    email_index = BlindIndexField("e-mail", unique=True, editable=False)
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    phone = EncryptedTextField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    role = models.CharField(max_length=10, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=now, editable=False)

    USERNAME_FIELD = "email_index"
    EMAIL_FIELD = ""
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name or self.email_or_id

    @property
    def email_or_id(self) -> str:
        """For lists, which must not break where one address cannot be read."""
        try:
            return self.email
        except DecryptionError:
            return f"unreadable address of {self.id}"

    def get_username(self) -> str:
        return self.email_or_id

    def get_short_name(self) -> str:
        return str(self)

    def natural_key(self) -> tuple[str]:
        return (self.email,)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """What staff may do in the admin, by the table that every door asks."""
        return self.is_active and self.is_staff and is_unlimited(self.role)

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm(app_label)

    def clean(self) -> None:
        """Nothing to normalise: the parent would treat the index as a user name."""


class Workspace(models.Model):
    """The tenant: what belongs to one workspace is invisible to every other."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    # What its members send is refused where it looks like an attack, not only noted.
    strict_input = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(
        null=True, editable=False, help_text="what is left of it is being cleared away"
    )
    members: "models.ManyToManyField[User, WorkspaceMember]" = models.ManyToManyField(
        User, through="WorkspaceMember", related_name="workspaces"
    )

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(deleted_at__isnull=False),
                name="workspaces_to_clear",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """With its data key: nothing can be stored for a workspace without one."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            DataKey.objects.make(str(self.pk))


class WorkspaceMember(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"
        OPERATOR = "operator"
        READER = "reader"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    role = models.CharField(max_length=10, choices=Role, default=Role.OWNER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user"], name="one_membership_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"


class ApiKey(models.Model):
    """A program's way in. The key itself is shown once and kept as its SHA-256.

    `permissions` are the rights that it is limited to, as `graph:read`, `graph:*` or
    `*`; `allowed_addresses` the networks it may be used from, all if there are none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.BinaryField(unique=True, editable=False)
    permissions = models.JSONField(default=list)
    allowed_addresses = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    usage_count = models.PositiveBigIntegerField(default=0, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """Somebody is asked to join a workspace. Whoever holds the link may, once; the link
    is kept as its SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    email = EncryptedTextField()
    role = models.CharField(max_length=10, choices=WorkspaceMember.Role)
    digest = models.BinaryField(unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"invitation to {self.workspace}"


class Share(models.Model):
    """What lets one person at one thing of a workspace he is no member of."""

    class Level(models.TextChoices):
        READ = "read"
        RUN = "run"
        EDIT = "edit"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    level = models.CharField(max_length=4, choices=Level, default=Level.READ)
    expires_at = models.DateTimeField(null=True, blank=True)
    shared_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.level} for {self.user}"
