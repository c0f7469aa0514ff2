"""Wire shapes of executions: one for in, one for out, for each endpoint."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.http import StrictSerializer
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.models import MAX_PRIORITY, Execution, NodeExecution

STATUSES = [status.value for status in ExecutionStatus]
NODE_STATUSES = [status.value for status in NodeStatus]
LONGEST_DELAY_S = 366 * 24 * 3600


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "enum": ["draft"]},
        ]
    }
)
class VersionField(serializers.Field[Any, Any, Any, Any]):
    """A version number, or "draft"."""

    default_error_messages = {"invalid": 'Must be a version number or "draft".'}

    def to_internal_value(self, data: object) -> int | str:
        is_number = isinstance(data, int) and not isinstance(data, bool)
        if data == "draft" or (is_number and 0 < data < 2**31):  # type: ignore[operator]
            return data  # type: ignore[return-value]
        self.fail("invalid")

    def to_representation(self, value: object) -> object:
        return value


class StartIn(StrictSerializer):
    inputs = serializers.JSONField(default=dict, help_text="by the names of the inputs")
    version = VersionField(required=False, allow_null=True, default=None)
    priority = serializers.IntegerField(
        default=0, min_value=0, max_value=MAX_PRIORITY, required=False
    )
    delay_s = serializers.FloatField(
        default=0, min_value=0, max_value=LONGEST_DELAY_S, required=False
    )

    def validate_inputs(self, value: object) -> object:
        if not isinstance(value, dict):
            raise serializers.ValidationError("Must be an object.", "not_an_object")
        return value


class WaitIn(serializers.Serializer[Any]):
    """The query of a start request."""

    wait = serializers.FloatField(
        required=False, min_value=0, max_value=settings.LIMITS.wait_seconds
    )


class ListIn(serializers.Serializer[Any]):
    """The query of the list."""

    graph = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=STATUSES, required=False)


class AfterIn(serializers.Serializer[Any]):
    after = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


class AcceptedOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=STATUSES)


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    node_id = serializers.CharField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)


class ExecutionRowOut(serializers.ModelSerializer[Execution]):
    graph_id = serializers.UUIDField()
    graph_name = serializers.CharField(source="graph.name")
    version = serializers.IntegerField(source="version.number", allow_null=True)
    status = serializers.ChoiceField(choices=STATUSES)

    class Meta:
        model = Execution
        fields = [
            "id", "graph_id", "graph_name", "version", "status", "priority",
            "node_executions", "created_at", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class ExecutionOut(ExecutionRowOut):
    inputs = serializers.DictField()
    outputs = serializers.DictField(child=serializers.ListField())
    errors = ErrorOut(many=True)  # type: ignore[assignment]  # a field, not a result

    class Meta(ExecutionRowOut.Meta):
        fields = [*ExecutionRowOut.Meta.fields, "inputs", "outputs", "errors"]
        read_only_fields = fields


class NodeErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class NodeExecutionOut(serializers.ModelSerializer[NodeExecution]):
    status = serializers.ChoiceField(choices=NODE_STATUSES)
    inputs = serializers.DictField()
    outputs = serializers.ListField(help_text="[[pin, value], …] in order")
    error = NodeErrorOut(allow_null=True)

    class Meta:
        model = NodeExecution
        fields = [
            "id", "node_id", "number", "status", "attempt", "inputs", "outputs",
            "error", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class FrozenGraphOut(serializers.Serializer[Any]):
    nodes = serializers.ListField()
    links = serializers.ListField()


class EventsOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = serializers.ListField(child=serializers.DictField())
