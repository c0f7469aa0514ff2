"""Wire shapes of reviews and review rules."""

from typing import Any

from rest_framework import serializers

from core.http import StrictSerializer
from executions.models import Review, ReviewRule

STATUSES = Review.Status.values
PURPOSES = Review.Purpose.values
MAX_MESSAGE = 10_000


class ReviewListIn(serializers.Serializer[Any]):
    """The query of the list. Without a status, those that wait come first."""

    status = serializers.ChoiceField(choices=STATUSES, required=False)
    execution = serializers.UUIDField(required=False)
    assignee = serializers.ChoiceField(choices=["me"], required=False)


class AnswerIn(StrictSerializer):
    """`data` is what goes on; left out, it is what was asked about. `auto_approve`
    approves what this node of the agent asks from now on, without asking."""

    approved = serializers.BooleanField()
    data = serializers.JSONField(required=False, allow_null=True)  # type: ignore[assignment]  # a field, not the input
    message = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_MESSAGE
    )
    auto_approve = serializers.BooleanField(default=False)


class AssignIn(StrictSerializer):
    assignee = serializers.UUIDField(
        allow_null=True, help_text="a member of the workspace; null asks all"
    )


class PersonOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(source="__str__")


class ReviewRowOut(serializers.ModelSerializer[Review]):
    execution_id = serializers.UUIDField()
    graph_id = serializers.UUIDField(source="execution.graph_id")
    graph_name = serializers.CharField(source="execution.graph.name")
    purpose = serializers.ChoiceField(choices=PURPOSES)
    status = serializers.ChoiceField(choices=STATUSES)
    assignee = PersonOut(allow_null=True)
    answered_by = PersonOut(allow_null=True)

    class Meta:
        model = Review
        fields = [
            "id", "execution_id", "graph_id", "graph_name", "node_id", "number",
            "purpose", "title", "editable", "status", "assignee", "created_at",
            "expires_at", "answered_at", "answered_by", "message",
        ]  # fmt: skip
        read_only_fields = fields


class ReviewOut(ReviewRowOut):
    """`data` is what is asked about, `answer` what the person made of it."""

    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]  # a field, not the output
    answer = serializers.JSONField(allow_null=True)

    class Meta(ReviewRowOut.Meta):
        fields = [*ReviewRowOut.Meta.fields, "data", "answer"]
        read_only_fields = fields


class RuleListIn(serializers.Serializer[Any]):
    """The query of the list of rules."""

    graph = serializers.UUIDField(required=False)


class RuleOut(serializers.ModelSerializer[ReviewRule]):
    graph_id = serializers.UUIDField()
    graph_name = serializers.CharField(source="graph.name")
    created_by = PersonOut(allow_null=True)

    class Meta:
        model = ReviewRule
        fields = ["id", "graph_id", "graph_name", "node_id", "created_by", "created_at"]
        read_only_fields = fields
