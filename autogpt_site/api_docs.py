"""The API reference as a page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI cleans the markup of descriptions itself and writes it as text, which
    Trusted Types would refuse; all else of the content policy holds."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        request._request.csp_nonce.wants_trusted_types = False  # type: ignore[attr-defined]
        answer: Response = super().get(  # type: ignore[no-untyped-call]
            request, *args, **kwargs
        )
        return answer
