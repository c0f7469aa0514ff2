"""The endpoints of shares, for apps whose things can be shared."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import sharing
from accounts.http import user_of
from accounts.models import Share
from accounts.services import MAX_EMAIL
from core.http import StrictSerializer


class ShareIn(StrictSerializer):
    email = serializers.CharField(max_length=MAX_EMAIL)
    level = serializers.ChoiceField(choices=Share.Level.values)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class ShareOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    email = serializers.CharField(source="user.email_or_id")
    name = serializers.CharField(source="user.name")
    level = serializers.ChoiceField(choices=Share.Level.values)
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ShareList(generics.ListAPIView[Any]):
    """Who is let at it, newest first. A subclass says `shares` and fetches `thing`."""

    rights: ClassVar = {"GET": "share:read", "POST": "share:create"}
    serializer_class = ShareOut
    shares: ClassVar[type[Share]]

    def thing(self, right: str) -> Any:
        raise NotImplementedError

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.shares._default_manager.none()
        return sharing.shares_of(self.shares, self.thing("share:read"))

    @extend_schema(request=ShareIn, responses={201: ShareOut})
    def post(self, request: Request, id: UUID) -> Response:
        """Let somebody at it: to read it, to run it, or to edit it as well."""
        thing = self.thing("share:create")
        given = ShareIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = sharing.share_create(
            self.shares, user=user_of(request), of=thing, **given.validated_data
        )
        return Response(ShareOut(made).data, status.HTTP_201_CREATED)


class ShareDetail(APIView):
    rights: ClassVar = {"DELETE": "share:delete"}
    shares: ClassVar[type[Share]]

    def thing(self, right: str) -> Any:
        raise NotImplementedError

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID, share_id: UUID) -> Response:
        """From now on it is not there for this person."""
        share = sharing.share_get(self.shares, self.thing("share:delete"), share_id)
        sharing.share_end(user=user_of(request), share=share)
        return Response(status=status.HTTP_204_NO_CONTENT)
