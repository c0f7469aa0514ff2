"""Wire shapes of files."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from core.http import StrictSerializer
from executions.models import StoredFile


class FileListIn(serializers.Serializer[Any]):
    """The query of the list."""

    execution = serializers.UUIDField(required=False, help_text="the run that made it")


class FileIn(StrictSerializer):
    """A form with one file."""

    file = serializers.FileField(allow_empty_file=True, use_url=False)


class FileOut(serializers.ModelSerializer[StoredFile]):
    ref = serializers.CharField(help_text="what an input takes and an output gives")
    owner = serializers.UUIDField(source="owner_id")
    execution = serializers.UUIDField(source="execution_id", allow_null=True)
    content = serializers.SerializerMethodField(help_text="address of the content")

    class Meta:
        model = StoredFile
        fields = [
            "id",
            "ref",
            "name",
            "media_type",
            "size",
            "sha256",
            "owner",
            "execution",
            "created_at",
            "content",
        ]

    def get_content(self, file: StoredFile) -> str:
        request = self.context.get("request")
        return reverse("file-content", [file.id], request=request)
