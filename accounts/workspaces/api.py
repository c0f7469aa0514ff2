"""Workspaces over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from accounts.models import Invitation, Workspace, WorkspaceMember
from accounts.workspaces import selectors, services
from accounts.workspaces.ending import workspace_delete
from accounts.workspaces.serializers import (
    AcceptIn,
    InvitationIn,
    InvitationOut,
    InvitedOut,
    MemberIn,
    MemberOut,
    WorkspaceIn,
    WorkspacePatchIn,
    WorkspaceRowOut,
)
from core.http import StrictSerializer


def _checked(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class WorkspaceList(generics.ListAPIView[Workspace]):
    """The workspaces that the caller belongs to, newest first."""

    rights: ClassVar = {"GET": "workspace:read", "POST": "workspace:create"}
    serializer_class = WorkspaceRowOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Workspace.objects.none()
        return selectors.workspaces_for(user_of(self.request))

    @extend_schema(operation_id="workspaces_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="workspaces_create",
        request=WorkspaceIn,
        responses={201: WorkspaceRowOut},
    )
    def post(self, request: Request) -> Response:
        """Make a workspace. The caller owns it."""
        made = services.workspace_create(
            user=user_of(request), **_checked(WorkspaceIn, request)
        )
        return _shown(request, made, status.HTTP_201_CREATED)


class WorkspaceDetail(APIView):
    rights: ClassVar = {
        "GET": "workspace:read",
        "PATCH": "workspace:update",
        "DELETE": "workspace:delete",
    }

    @extend_schema(operation_id="workspaces_read", responses=WorkspaceRowOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _shown(request, selectors.workspace_get(user_of(request), id))

    @extend_schema(
        operation_id="workspaces_change",
        request=WorkspacePatchIn,
        responses=WorkspaceRowOut,
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Rename it, or have suspicious input refused."""
        user = user_of(request)
        workspace = selectors.workspace_get(user, id, "workspace:update")
        changed = services.workspace_update(
            user=user, workspace=workspace, **_checked(WorkspacePatchIn, request)
        )
        return _shown(request, changed)

    @extend_schema(operation_id="workspaces_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Delete it with all that is in it. It is nobody's at once, and its data key is
        gone; what it sealed is cleared away after that."""
        user = user_of(request)
        workspace = selectors.workspace_get(user, id, "workspace:delete")
        workspace_delete(user=user, workspace=workspace)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberList(generics.ListAPIView[WorkspaceMember]):
    """Who belongs to the workspace, newest first."""

    rights: ClassVar = {"GET": "member:read"}
    serializer_class = MemberOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return WorkspaceMember.objects.none()
        user, id_ = user_of(self.request), self.kwargs["id"]
        return selectors.members_of(selectors.workspace_get(user, id_, "member:read"))

    @extend_schema(operation_id="members_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class MemberDetail(APIView):
    rights: ClassVar = {"PATCH": "member:update", "DELETE": "member:delete"}

    @extend_schema(operation_id="members_change", request=MemberIn, responses=MemberOut)
    def patch(self, request: Request, id: UUID, user_id: UUID) -> Response:
        """Give the person another role."""
        user = user_of(request)
        workspace = selectors.workspace_get(user, id, "member:update")
        member = selectors.member_get(workspace, user_id)
        services.member_change(user=user, member=member, **_checked(MemberIn, request))
        return Response(MemberOut(member).data)

    @extend_schema(operation_id="members_remove", responses={204: None})
    def delete(self, request: Request, id: UUID, user_id: UUID) -> Response:
        """Put the person out."""
        user = user_of(request)
        workspace = selectors.workspace_get(user, id, "member:delete")
        member = selectors.member_get(workspace, user_id)
        services.member_remove(user=user, member=member)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LeaveWorkspace(APIView):
    rights: ClassVar = {"POST": "workspace:read"}

    @extend_schema(operation_id="workspaces_leave", request=None, responses={204: None})
    def post(self, request: Request, id: UUID) -> Response:
        """Belong to it no longer."""
        user = user_of(request)
        workspace = selectors.workspace_get(user, id)
        member = selectors.member_get(workspace, user.pk)
        services.member_remove(user=user, member=member)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationList(generics.ListAPIView[Invitation]):
    """Who is asked to join, newest first."""

    rights: ClassVar = {"GET": "member:update", "POST": "member:create"}
    serializer_class = InvitationOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Invitation.objects.none()
        return selectors.invitations_of(self._workspace("member:update"))

    @extend_schema(operation_id="invitations_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="invitations_create",
        request=InvitationIn,
        responses={201: InvitedOut},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Ask somebody to join. He is mailed a link; where the site sends no mails, it
        is in the answer, this once."""
        invited = services.invitation_create(
            user=user_of(request),
            workspace=self._workspace("member:create"),
            **_checked(InvitationIn, request),
        )
        body = InvitedOut(invited.row, context={"link": invited.link}).data
        return Response(body, status.HTTP_201_CREATED)

    def _workspace(self, right: str) -> Workspace:
        user = user_of(self.request)
        return selectors.workspace_get(user, self.kwargs["id"], right)


class InvitationDetail(APIView):
    rights: ClassVar = {"DELETE": "member:delete"}

    @extend_schema(operation_id="invitations_withdraw", responses={204: None})
    def delete(self, request: Request, id: UUID, invitation_id: UUID) -> Response:
        user = user_of(request)
        workspace = selectors.workspace_get(user, id, "member:delete")
        invitation = selectors.invitation_get(workspace, invitation_id)
        services.invitation_withdraw(user=user, invitation=invitation)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptInvitation(APIView):
    rights: ClassVar = {"POST": "account:update"}

    @extend_schema(
        operation_id="invitations_accept", request=AcceptIn, responses=WorkspaceRowOut
    )
    def post(self, request: Request) -> Response:
        """Join the workspace that the token is for."""
        joined = services.invitation_accept(
            user=user_of(request), **_checked(AcceptIn, request)
        )
        return _shown(request, joined)


def _shown(request: Request, workspace: Workspace, code: int = 200) -> Response:
    body = WorkspaceRowOut(workspace, context={"request": request}).data
    return Response(body, code)
