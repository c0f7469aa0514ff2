"""Wire shapes of schedules and webhooks: one for in, one for out, for each endpoint."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from core.crypto import DecryptionError
from core.http import StrictSerializer
from executions.models import Hook, Schedule


class TriggerListIn(serializers.Serializer[Any]):
    """The query of the lists."""

    graph = serializers.UUIDField(required=False)


# --- Schedules ------------------------------------------------------------------------


class SchedulePatchIn(StrictSerializer):
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    cron = serializers.CharField(
        max_length=200, help_text="minute, hour, day of month, month, day of week"
    )
    timezone = serializers.CharField(
        max_length=64, required=False, help_text="of IANA; left out: your own"
    )
    misfire = serializers.ChoiceField(
        choices=Schedule.Misfire.choices,
        default=Schedule.Misfire.ONCE.value,
        required=False,
        help_text="what becomes of times that passed while nobody could start them",
    )
    inputs = serializers.JSONField(default=dict, help_text="by the names of the inputs")
    is_active = serializers.BooleanField(default=True, required=False)

    def validate_inputs(self, value: object) -> object:
        if not isinstance(value, dict):
            raise serializers.ValidationError("Must be an object.", "not_an_object")
        return value


class ScheduleIn(SchedulePatchIn):
    graph = serializers.UUIDField()


class ScheduleOut(serializers.ModelSerializer[Schedule]):
    graph = serializers.UUIDField(source="graph_id")
    graph_name = serializers.CharField(source="graph.name")
    misfire = serializers.ChoiceField(choices=Schedule.Misfire.choices)
    inputs = serializers.DictField()

    class Meta:
        model = Schedule
        fields = [
            "id", "graph", "graph_name", "name", "cron", "timezone", "misfire",
            "inputs", "is_active", "next_at", "last_at", "fault", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class PreviewIn(serializers.Serializer[Any]):
    """The query of the preview."""

    cron = serializers.CharField(max_length=200)
    timezone = serializers.CharField(max_length=64, default="UTC")


class PreviewOut(serializers.Serializer[Any]):
    phrase = serializers.CharField(help_text="the expression in words")
    times = serializers.ListField(
        child=serializers.DateTimeField(), help_text="the next five"
    )


# --- Webhooks -------------------------------------------------------------------------


class HookPatchIn(StrictSerializer):
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    check_by = serializers.ChoiceField(
        choices=Hook.Check.choices, default=Hook.Check.NONE.value, required=False
    )
    secret = serializers.CharField(
        required=False,
        write_only=True,
        trim_whitespace=False,
        help_text="left out where one is needed: one is made, and answered once",
    )
    wait_s = serializers.FloatField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0.1,
        max_value=settings.LIMITS.wait_seconds,
        help_text="hold the answer so long for the outputs",
    )
    is_active = serializers.BooleanField(default=True, required=False)


class HookIn(HookPatchIn):
    graph = serializers.UUIDField()


class HookOut(serializers.ModelSerializer[Hook]):
    """`secret` is there once: in the answer to the request that had it made."""

    graph = serializers.UUIDField(source="graph_id")
    graph_name = serializers.CharField(source="graph.name")
    url = serializers.SerializerMethodField()
    check_by = serializers.ChoiceField(choices=Hook.Check.choices)
    has_secret = serializers.SerializerMethodField()
    secret = serializers.CharField(required=False)

    class Meta:
        model = Hook
        fields = [
            "id", "graph", "graph_name", "name", "url", "check_by", "has_secret",
            "secret", "wait_s", "is_active", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Hook) -> Any:
        shown = super().to_representation(instance)
        if not self.context.get("with_secret"):
            del shown["secret"]
        return shown

    def get_url(self, hook: Hook) -> str | None:
        """Null if it cannot be read: lists must not break where one does not open."""
        try:
            path = reverse("hook-delivery", args=[hook.token])
        except DecryptionError:
            return None
        url: str = self.context["request"].build_absolute_uri(path)
        return url

    def get_has_secret(self, hook: Hook) -> bool:
        return hook.__dict__["secret"] is not None
