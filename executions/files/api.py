"""Files over HTTP: parse, call one service, answer."""

from typing import IO, Any, ClassVar, Final, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from accounts.http import user_of
from accounts.selectors import workspace_for
from core.http import FieldError, Problem
from executions.files import selectors, services
from executions.files.downloads import download
from executions.files.serializers import FileIn, FileListIn, FileOut
from executions.models import StoredFile

FORM_BYTES: Final = 16 * 1024
"""What a form adds to the file in it."""


class FileList(generics.ListAPIView[StoredFile]):
    """The files of the caller's workspaces, newest first."""

    rights: ClassVar = {"GET": "file:read", "POST": "file:create"}
    serializer_class = FileOut
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> Any:
        query = FileListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return selectors.file_list(user_of(self.request), **query.validated_data)

    @extend_schema(operation_id="files_list", parameters=[FileListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="files_create",
        request={"multipart/form-data": FileIn},
        responses={201: FileOut},
    )
    def post(self, request: Request) -> Response:
        """Store a file. Its type is told by its bytes, whatever the form claims."""
        given = FileIn(data=cast(dict[str, Any], request.data))
        given.is_valid(raise_exception=True)
        made = _stored(request, given.validated_data["file"])
        return _answer(request, made, HTTP_201_CREATED)


def _stored(request: Request, upload: "UploadedFile[bytes]") -> StoredFile:
    size, most = upload.size or 0, settings.LIMITS.upload_bytes
    if size > most:
        text = f"The file has {size:,} bytes. The limit is {most:,}."
        raise _refused("File too large", text, "file-too-large")
    user = user_of(request)
    try:
        return services.file_create(
            workspace_id=workspace_for(user, "file:create").id,
            owner_id=user.id,
            name=upload.name or "",
            content=cast(IO[bytes], upload),
            size=size,
            limits=settings.LIMITS,
        )
    except services.StorageFull as error:
        raise _refused("No room", str(error), "storage-full") from None


def _refused(title: str, text: str, code: str) -> Problem:
    errors: list[FieldError] = [{"field": "file", "message": text, "code": code}]
    return Problem(413, title, text, errors, code=code)


class FileDetail(APIView):
    rights: ClassVar = {"GET": "file:read", "DELETE": "file:delete"}

    @extend_schema(operation_id="files_read", responses=FileOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _answer(request, selectors.file_get(user_of(request), id))

    @extend_schema(operation_id="files_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        file = selectors.file_get(user_of(request), id, "file:delete")
        services.file_delete(file=file)
        return Response(status=HTTP_204_NO_CONTENT)


class FileContent(APIView):
    """The content, to be saved and never to be shown as a page of this site. A range of
    bytes may be asked for."""

    rights: ClassVar = {"GET": "file:read"}

    @extend_schema(
        operation_id="files_content", responses={(200, "*/*"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        file = selectors.file_get(user_of(request), id)
        return download(file, request.headers.get("Range", ""))


def _answer(request: Request, file: StoredFile, status: int = 200) -> Response:
    return Response(FileOut(file, context={"request": request}).data, status)
