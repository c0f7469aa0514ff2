"""Reviews over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from accounts.http import user_of
from core.pagination import NewestFirst
from executions.models import Review, ReviewRule
from executions.reviews import selectors, services
from executions.reviews.pagination import WaitingFirst
from executions.reviews.serializers import (
    AnswerIn,
    AssignIn,
    ReviewListIn,
    ReviewOut,
    ReviewRowOut,
    RuleListIn,
    RuleOut,
)


@extend_schema_view(get=extend_schema(parameters=[ReviewListIn]))
class ReviewList(generics.ListAPIView[Review]):
    """Those that wait first, then the others; with `?status=` newest first."""

    rights: ClassVar = {"GET": "review:read"}
    serializer_class = ReviewRowOut
    pagination_class = WaitingFirst

    @property
    def paginator(self) -> BasePagination:
        if not hasattr(self, "_paginator"):
            by_status = "status" in self.request.query_params
            self._paginator = NewestFirst() if by_status else WaitingFirst()
        return self._paginator

    def get_queryset(self) -> Any:
        query = ReviewListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        user = user_of(self.request)
        if wanted.pop("assignee", None):
            wanted["assignee"] = user
        return selectors.review_list(user, **wanted)


class ReviewDetail(APIView):
    rights: ClassVar = {
        "GET": "review:read",
        "POST": "review:answer",
        "PATCH": "review:manage",
    }

    @extend_schema(operation_id="reviews_read", responses=ReviewOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _answer(request, id)

    @extend_schema(operation_id="reviews_answer", request=AnswerIn, responses=ReviewOut)
    def post(self, request: Request, id: UUID) -> Response:
        """Answer it. The same answer may be sent again."""
        user = user_of(request)
        review = selectors.review_get(user, id, "review:answer")
        given = AnswerIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        answer = services.Answer(
            approved=wanted["approved"],
            data=wanted.get("data", review.data),
            message=wanted["message"],
            always=wanted["auto_approve"],
        )
        services.review_answer(user=user, review=review, answer=answer)
        return _answer(request, id)

    @extend_schema(operation_id="reviews_assign", request=AssignIn, responses=ReviewOut)
    def patch(self, request: Request, id: UUID) -> Response:
        """Ask one member of the workspace, or all."""
        review = selectors.review_get(user_of(request), id, "review:manage")
        given = AssignIn(data=request.data)
        given.is_valid(raise_exception=True)
        services.review_assign(review=review, **given.validated_data)
        return _answer(request, id)


@extend_schema_view(get=extend_schema(parameters=[RuleListIn]))
class RuleList(generics.ListAPIView[ReviewRule]):
    """What is approved without asking, newest first."""

    rights: ClassVar = {"GET": "review:read"}
    serializer_class = RuleOut

    def get_queryset(self) -> Any:
        query = RuleListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return selectors.rule_list(user_of(self.request), **query.validated_data)


class RuleDetail(APIView):
    rights: ClassVar = {"DELETE": "review:manage"}

    @extend_schema(operation_id="review_rules_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """From now on the node asks again."""
        selectors.rule_get(user_of(request), id, "review:manage").delete()
        return Response(status=HTTP_204_NO_CONTENT)


def _answer(request: Request, id: UUID) -> Response:
    review = selectors.review_get(user_of(request), id)
    return Response(ReviewOut(review).data)
