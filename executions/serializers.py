"""Wire shapes of executions: one for in, one for out, for each endpoint."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.http import StrictSerializer
from executions import queueing, results, selectors
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.models import MAX_PRIORITY, Execution, NodeExecution, Review

STATUSES = [status.value for status in ExecutionStatus]
NODE_STATUSES = [status.value for status in NodeStatus]
TRIGGERS = Execution.Trigger.values
LONGEST_DELAY_S = 366 * 24 * 3600

BY_REFERENCE = (
    "a value above 64 KiB reads {$value: id, size, preview}, and .../values/<id>/ has "
    "it; an object that has the key $value itself reads {$value: {$: object}}"
)


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


class RunAtField(serializers.DateTimeField):
    """A time with its offset from UTC, at most a year ahead."""

    default_error_messages = {
        "naive": "Must say its offset from UTC: end it with Z or +02:00, say.",
        "too_late": "Must be within a year.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            self.fail("naive")
        now = timezone.now()
        if value - now > timedelta(seconds=LONGEST_DELAY_S):
            self.fail("too_late")
        # A time in the past means now, and the past has times that UTC cannot tell.
        return max(value, now)


class ObjectField(serializers.JSONField):
    default_error_messages = {"not_an_object": "Must be an object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value: Any = super().to_internal_value(data)
        if not isinstance(value, dict):
            self.fail("not_an_object")
        return value


class StartIn(StrictSerializer):
    inputs = ObjectField(default=dict, help_text="by the names of the inputs")
    version = VersionField(required=False, allow_null=True, default=None)
    priority = serializers.IntegerField(
        default=0, min_value=0, max_value=MAX_PRIORITY, required=False
    )
    delay_s = serializers.FloatField(
        default=0, min_value=0, max_value=LONGEST_DELAY_S, required=False
    )

    run_at = RunAtField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["delay_s"] and attrs["run_at"] is not None:
            message = "Give delay_s or run_at, not both."
            raise serializers.ValidationError({"run_at": message}, "not_both")
        return attrs


class RerunIn(StrictSerializer):
    """`from` is the id of the node to start at, or "failure"; null runs it all again.
    `inputs` replace those of the run, `node_inputs` are put on pins of the node."""

    inputs = ObjectField(required=False, allow_null=True, default=None)
    node_inputs = ObjectField(required=False, allow_null=True, default=None)
    version = VersionField(required=False, allow_null=True, default=None)

    def get_fields(self) -> dict[str, Any]:
        # A class body cannot name a field so.
        start_at = serializers.CharField(
            required=False,
            allow_null=True,
            default=None,
            max_length=200,
            trim_whitespace=False,
            source="start_at",
        )
        return {"from": start_at, **super().get_fields()}


class WaitIn(serializers.Serializer[Any]):
    """The query of a start request."""

    wait = serializers.FloatField(
        required=False, min_value=0, max_value=settings.LIMITS.wait_seconds
    )


class ListIn(serializers.Serializer[Any]):
    """The query of the list."""

    graph = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=STATUSES, required=False)
    trigger = serializers.ChoiceField(choices=TRIGGERS, required=False)
    shared = serializers.BooleanField(
        required=False, help_text="those that others share with the caller"
    )
    parent = serializers.UUIDField(required=False)  # type: ignore[assignment]  # a field, not its own parent


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


class QueueOut(serializers.Serializer[Any]):
    """Why an execution waits; `place` 1 is next."""

    reason = serializers.ChoiceField(choices=queueing.REASONS)
    detail = serializers.CharField()
    place = serializers.IntegerField(allow_null=True)


class StartedByOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ExecutionOut(ExecutionRowOut):
    inputs = serializers.DictField(
        help_text="in a sub-agent's run of more than 1 MiB: large ones by reference"
    )
    outputs = serializers.DictField(
        child=serializers.ListField(),
        help_text="above 1 MiB in all, as events have them: large ones by reference",
    )
    outputs_by_reference = serializers.BooleanField(
        read_only=True, default=False, help_text="the outputs are above 1 MiB in all"
    )
    errors = ErrorOut(many=True)  # type: ignore[assignment]  # a field, not a result
    trigger = serializers.ChoiceField(choices=TRIGGERS)
    started_by = serializers.SerializerMethodField(
        help_text="the schedule or the hook, while it is there"
    )
    parent_id = serializers.UUIDField(allow_null=True)
    rerun_of_id = serializers.UUIDField(allow_null=True)
    pending_reviews = serializers.SerializerMethodField()
    queue = serializers.SerializerMethodField()

    class Meta(ExecutionRowOut.Meta):
        fields = [
            *ExecutionRowOut.Meta.fields, "trigger", "started_by", "parent_id",
            "rerun_of_id", "waiting_for", "cost", "pending_reviews", "queue", "inputs",
            "outputs", "outputs_by_reference", "errors",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Execution) -> dict[str, Any]:
        outputs = results.outputs_answered(instance.outputs)
        row = super().to_representation(instance)
        row["inputs"] = results.inputs_answered(instance)
        row["outputs"] = outputs.values
        return row | {"outputs_by_reference": outputs.by_reference}

    @extend_schema_field(StartedByOut(allow_null=True))
    def get_started_by(self, execution: Execution) -> dict[str, str] | None:
        trigger = selectors.trigger_of(execution)
        return (
            None if trigger is None else {"id": str(trigger.id), "name": str(trigger)}
        )

    def get_pending_reviews(self, execution: Execution) -> int:
        return execution.reviews.filter(status=Review.Status.PENDING).count()

    @extend_schema_field(QueueOut(allow_null=True))
    def get_queue(self, execution: Execution) -> queueing.Wait | None:
        return queueing.why(execution)


class NodeErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class NodeExecutionOut(serializers.ModelSerializer[NodeExecution]):
    status = serializers.ChoiceField(choices=NODE_STATUSES)
    inputs = serializers.DictField(help_text=BY_REFERENCE)
    outputs = serializers.ListField(
        help_text=f"[[pin, value], …] in order; {BY_REFERENCE}"
    )
    error = NodeErrorOut(allow_null=True)

    class Meta:
        model = NodeExecution
        fields = [
            "id", "node_id", "number", "status", "attempt", "inputs", "outputs",
            "error", "reused_from", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class FrozenGraphOut(serializers.Serializer[Any]):
    nodes = serializers.ListField()
    links = serializers.ListField()


class EventsOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = serializers.ListField(
        child=serializers.DictField(), help_text=f"`value`: {BY_REFERENCE}"
    )
