from django.urls import path

from executions.files import api

urlpatterns = [
    path("files/", api.FileList.as_view(), name="files"),
    path("files/<uuid:id>/", api.FileDetail.as_view(), name="file"),
    path("files/<uuid:id>/content/", api.FileContent.as_view(), name="file-content"),
]
