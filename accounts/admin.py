"""Accounts in the admin. E-mail addresses are shown and searched for, never logged."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    ReadOnlyPasswordHashField,
    SetPasswordMixin,
)
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist import (
    admin as _registered,  # noqa: F401  (before ours, which takes them out)
)
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts import admin_records as _records  # noqa: F401
from accounts.models import AddressRule, ApiKey, User, Workspace, WorkspaceMember
from accounts.services import email_check, workspace_ensure
from accounts.sign_in import second_factor
from accounts.sign_in.passwords import password_was_set
from accounts.sign_in.sessions import sign_out_everywhere
from core.crypto import DecryptionError
from core.keys import blind_index

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
    PasswordsMixin = SetPasswordMixin[User]
    UserPasswordModelForm = AdminPasswordChangeForm[User]
    UserModelAdmin = StockUserAdmin[User]
    WorkspaceModelAdmin = admin.ModelAdmin[Workspace]
    ApiKeyModelAdmin = admin.ModelAdmin[ApiKey]
    AddressRuleModelAdmin = admin.ModelAdmin[AddressRule]
    MemberModelInline = admin.TabularInline[WorkspaceMember, Workspace]
else:
    UserForm, PasswordsMixin = forms.ModelForm, SetPasswordMixin
    UserPasswordModelForm = AdminPasswordChangeForm
    UserModelAdmin = StockUserAdmin
    WorkspaceModelAdmin = ApiKeyModelAdmin = admin.ModelAdmin
    AddressRuleModelAdmin = admin.ModelAdmin
    MemberModelInline = admin.TabularInline

SEALED = "(does not open with this key)"


def _email_of(user: User) -> str:
    """Of one row that does not open, the others still are to be listed."""
    try:
        return user.email
    except DecryptionError:
        return SEALED


class EmailForm(UserForm):
    """The e-mail address and its index are one thing and change together."""

    # Not `email`: the stored bytes of that name are nothing to edit.
    address = forms.CharField(label="E-mail")

    def clean_address(self) -> str:
        email: str = self.cleaned_data["address"].strip()
        email_check(email)
        others = User.objects.exclude(pk=self.instance.pk)
        if others.filter(email_index=blind_index(email)).exists():
            raise ValidationError("Someone else has this e-mail address.")
        return email

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if email := self.cleaned_data.get("address"):
            self.instance.email = email
            index = blind_index(email)
            if bytes(self.instance.email_index) != index:
                self.instance.email_verified_at = None
            self.instance.email_index = index


class UserChangeForm(EmailForm):
    password = ReadOnlyPasswordHashField(
        help_text='The password is not kept. <a href="../password/">Set a new one</a>.'
    )

    class Meta:
        model = User
        fields = ("name", "timezone", "role", "is_active", "is_staff")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["address"] = _email_of(self.instance)


class UserCreateForm(PasswordsMixin, EmailForm):
    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ("name", "role", "is_staff")

    def clean(self) -> dict[str, Any] | None:
        self.validate_passwords()
        return super().clean()

    def _post_clean(self) -> None:
        super()._post_clean()
        self.validate_password_for_user(self.instance)

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        self.set_password_and_save(user, commit=commit)
        return user


class UserPasswordForm(UserPasswordModelForm):
    def save(self, commit: bool = True) -> User:
        """A new password ends what was got for the old one, whoever sets it."""
        with transaction.atomic():
            user: User = super().save(commit)
            password_was_set(user, by="admin")
        return user


@admin.register(User)
class UserAdmin(UserModelAdmin):
    form = UserChangeForm
    change_password_form = UserPasswordForm
    add_form = UserCreateForm
    add_form_template = None
    fieldsets = (
        (None, {"fields": ("address", "password")}),
        ("Profile", {"fields": ("name", "timezone")}),
        ("Rights", {"fields": ("role", "is_active", "is_staff")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("address", "name", "password1", "password2")}),
        ("Rights", {"fields": ("role", "is_staff")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = (
        "__str__",
        "address",
        "role",
        "is_active",
        "is_staff",
        "date_joined",
    )
    list_filter = ("role", "is_active", "is_staff", "date_joined")
    search_fields = ("name",)
    search_help_text = "Part of a name, or a whole e-mail address"
    ordering = ("-id",)
    filter_horizontal = ()
    actions = ("remove_second_factor",)

    @admin.action(description="Remove the second factor of selected users")
    def remove_second_factor(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> None:
        removed = sum(second_factor.remove(u, by=request.user.pk) for u in queryset)
        self.message_user(request, f"Removed from {removed} of the selected users.")

    @admin.display(description="e-mail")
    def address(self, user: User) -> str:
        return _email_of(user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, doubled = super().get_search_results(request, queryset, search_term)
        if "@" in search_term:
            found |= queryset.filter(email_index=blind_index(search_term.strip()))
        return found, doubled

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            workspace_ensure(obj)
        if not obj.is_active:
            sign_out_everywhere(obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return _by_id(super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return _by_id(super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        entries = super().log_deletions(request, queryset)
        return [_by_id(entry) for entry in entries]


def _by_id(entry: Any) -> Any:
    """The log names users by id: by name it would hold addresses in the clear."""
    entry.object_repr = str(entry.object_id)
    entry.save(update_fields=["object_repr"])
    return entry


class MemberInline(MemberModelInline):
    model = WorkspaceMember
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Workspace)
class WorkspaceAdmin(WorkspaceModelAdmin):
    inlines = (MemberInline,)
    list_display = ("name", "id", "created_at")
    search_fields = ("name", "id")
    readonly_fields = ("id", "created_at")
    ordering = ("-id",)

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Iterable[Any],
        add: bool = False,
    ) -> Any:
        """Without the members, whom the log would name by e-mail address."""
        return super().construct_change_message(request, form, [], add)


@admin.register(ApiKey)
class ApiKeyAdmin(ApiKeyModelAdmin):
    """To look at. What a key opens is not even known here."""

    list_display = ("name", "prefix", "user", "workspace", "last_used_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user", "workspace")
    search_fields = ("name", "prefix")
    fields = readonly_fields = (
        "name",
        "prefix",
        "user",
        "workspace",
        "permissions",
        "created_at",
        "expires_at",
        "last_used_at",
        "usage_count",
        "revoked_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.unregister(Group)
# Their pages show whole tokens, and a token signs in.
admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(AddressRule)
class AddressRuleAdmin(AddressRuleModelAdmin):
    """Takes effect in every process within seconds."""

    list_display = ("network", "verdict", "note", "created_at")
    list_filter = ("verdict",)
    search_fields = ("network", "note")
