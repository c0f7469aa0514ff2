"""Wire shapes of workspaces, members and invitations."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import Invitation, User, Workspace, WorkspaceMember
from accounts.rights.standing import seats_of
from accounts.services import MAX_EMAIL
from core.http import StrictSerializer

MAX_NAME: Final = 200
ROLES: Final = WorkspaceMember.Role.choices


class WorkspaceIn(StrictSerializer):
    name = serializers.CharField(max_length=MAX_NAME)


class WorkspacePatchIn(StrictSerializer):
    name = serializers.CharField(max_length=MAX_NAME, required=False)
    strict_input = serializers.BooleanField(
        required=False, help_text="what looks like an attack is refused, not only noted"
    )


class WorkspaceRowOut(serializers.ModelSerializer[Workspace]):
    role = serializers.SerializerMethodField()

    class Meta:
        model = Workspace
        fields = ("id", "name", "strict_input", "role", "created_at")

    def get_role(self, workspace: Workspace) -> str | None:
        """The caller's own; null for an admin who does not belong to it."""
        user: User = self.context["request"].user
        return seats_of(user).get(workspace.pk)


class MemberIn(StrictSerializer):
    role = serializers.ChoiceField(choices=ROLES)


class MemberOut(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    email = serializers.CharField(source="user.email_or_id")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField()


class InvitationIn(StrictSerializer):
    email = serializers.CharField(max_length=MAX_EMAIL)
    role = serializers.ChoiceField(choices=ROLES)


class InvitationOut(serializers.ModelSerializer[Invitation]):
    email = serializers.CharField()

    class Meta:
        model = Invitation
        fields: Any = ("id", "email", "role", "created_at", "expires_at")


class InvitedOut(InvitationOut):
    link = serializers.SerializerMethodField(
        help_text="to be given to the person, shown this once; null: it was mailed"
    )

    class Meta(InvitationOut.Meta):
        fields: Any = (*InvitationOut.Meta.fields, "link")

    def get_link(self, row: Invitation) -> str | None:
        link: str | None = self.context["link"]
        return link


class AcceptIn(StrictSerializer):
    token = serializers.CharField(max_length=200)
