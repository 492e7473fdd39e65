"""The table of addresses: each app's own, and the pages that say what went wrong."""

from django.urls import include, path

from config import checks  # noqa: F401 - importing it registers the checks of the start

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("casework.urls")),
    path("", include("audit.urls")),
    path("api/v1/", include("api.urls")),
]

handler400 = "casework.views.errors.bad_request"
handler403 = "casework.views.errors.permission_denied"
handler404 = "casework.views.errors.page_not_found"
handler500 = "casework.views.errors.server_error"
