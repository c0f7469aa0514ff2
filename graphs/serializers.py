"""Wire shapes of graphs.

The nodes and links of a large graph are read by `parse_graph` and written as they are
stored; for them these classes only tell the OpenAPI schema what is sent.
"""

from typing import Any

from rest_framework import serializers

from core.http import StrictSerializer
from graphs.domain.findings import Severity
from graphs.domain.parse import MAX_GRAPH_NAME

MAX_KEEP_DAYS = 36_500
MAX_KEEP_RUNS = 1_000_000


class NodeShape(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=200)
    block_id = serializers.CharField(max_length=36)
    input_default = serializers.DictField(
        required=False, help_text="constants by the name of their pin"
    )
    metadata = serializers.DictField(
        required=False,
        help_text="position {x, y}, customized_name, max_parallel, unordered",
    )


class LinkShape(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=200)
    source_id = serializers.CharField(max_length=200)
    source_name = serializers.CharField(max_length=500)
    sink_id = serializers.CharField(max_length=200)
    sink_name = serializers.CharField(max_length=500)
    is_static = serializers.BooleanField(required=False)


class GraphIn(StrictSerializer):
    name = serializers.CharField(max_length=MAX_GRAPH_NAME, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    nodes = NodeShape(many=True, required=False)
    links = LinkShape(many=True, required=False)
    settings = serializers.DictField(required=False)


class GraphPatchIn(StrictSerializer):
    name = serializers.CharField(
        max_length=MAX_GRAPH_NAME, required=False, trim_whitespace=False
    )
    description = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False
    )
    is_active = serializers.BooleanField(required=False)
    keep_days = serializers.IntegerField(
        min_value=1, max_value=MAX_KEEP_DAYS, allow_null=True, required=False,
        help_text="runs that ended earlier are deleted; null: as the settings say",
    )  # fmt: skip
    keep_runs = serializers.IntegerField(
        min_value=1, max_value=MAX_KEEP_RUNS, allow_null=True, required=False,
        help_text="of runs that ended, no more than these stay; null: as the settings "
        "say. None is deleted on its first day",
    )  # fmt: skip


class GraphListIn(serializers.Serializer[Any]):
    """The query of the list."""

    include_inactive = serializers.BooleanField(default=False, required=False)
    shared = serializers.BooleanField(
        required=False, help_text="those that others share with the caller"
    )


class GraphOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    revision = serializers.IntegerField(help_text="counts the edits; also the ETag")
    version = serializers.IntegerField(
        allow_null=True, help_text="the latest published one"
    )
    is_active = serializers.BooleanField()
    keep_days = serializers.IntegerField(allow_null=True)
    keep_runs = serializers.IntegerField(allow_null=True)
    nodes = NodeShape(many=True)
    links = LinkShape(many=True)
    settings = serializers.DictField()
    input_schema = serializers.DictField(help_text="a JSON Schema")
    output_schema = serializers.DictField(help_text="a JSON Schema")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class LastExecutionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="last_run_id")
    status = serializers.CharField(source="last_run_status")
    created_at = serializers.DateTimeField(source="last_run_at")


class GraphRowOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField()
    node_count = serializers.IntegerField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_execution = LastExecutionOut(source="*", allow_null=True)

    def to_representation(self, instance: Any) -> Any:
        row = super().to_representation(instance)
        if instance.last_run_id is None:
            row["last_execution"] = None
        return row


class PublishedOut(serializers.Serializer[Any]):
    version = serializers.IntegerField()


class VersionOut(serializers.Serializer[Any]):
    version = serializers.IntegerField(source="number")
    revision = serializers.IntegerField()
    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)
    created_at = serializers.DateTimeField()


class FindingOut(serializers.Serializer[Any]):
    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=[one.value for one in Severity])
    node_id = serializers.CharField(allow_null=True)
    pin = serializers.CharField(allow_null=True)
    link_id = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    hint = serializers.CharField()
    fix = serializers.DictField(allow_null=True)


class FindingsOut(serializers.Serializer[Any]):
    findings = FindingOut(many=True)


class BlockPresentOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()


class BlockMissingOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    count = serializers.IntegerField()
    node_ids = serializers.ListField(child=serializers.CharField())


class NodePinOut(serializers.Serializer[Any]):
    node_id = serializers.CharField()
    pin = serializers.CharField()


class CredentialWantedOut(serializers.Serializer[Any]):
    providers = serializers.ListField(child=serializers.CharField())
    types = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    nodes = NodePinOut(many=True)


class _ReportOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    nodes = serializers.IntegerField()
    links = serializers.IntegerField()
    sub_graphs = serializers.IntegerField()
    blocks_present = BlockPresentOut(many=True)
    blocks_missing = BlockMissingOut(many=True)
    removed = NodePinOut(many=True, help_text="what belonged to the author alone")
    findings = FindingOut(many=True)
    credentials_wanted = CredentialWantedOut(many=True)
    hosts = serializers.ListField(
        child=serializers.CharField(), help_text="that its constants name"
    )
    agents_missing = serializers.ListField(
        child=serializers.CharField(),
        help_text="ids of agents that it calls and that are not here",
    )


class AgentImportedOut(_ReportOut):
    id = serializers.UUIDField()


class ImportReportOut(_ReportOut):
    agents = AgentImportedOut(many=True, help_text="those that came with it")


class ImportedOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    report = ImportReportOut()


class InputPinOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.DictField(help_text="a JSON Schema without references")
    required = serializers.BooleanField()  # type: ignore[assignment]
    default = serializers.JSONField(allow_null=True)
    advanced = serializers.BooleanField()
    secret = serializers.BooleanField()
    placeholder = serializers.CharField(required=False)


class OutputPinOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.DictField(help_text="a JSON Schema without references")


class BlockOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    categories = serializers.ListField(child=serializers.CharField())
    kind = serializers.CharField()
    effect = serializers.CharField()
    cost = serializers.CharField()
    static_output = serializers.BooleanField()
    inputs = InputPinOut(many=True)
    outputs = OutputPinOut(many=True)
    examples = serializers.ListField(child=serializers.JSONField())


class BlocksOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = BlockOut(many=True)
