"""Addresses of the log's pages, with what each may show."""

from audit import views
from audit.exposure import Exposure, page

urlpatterns = [
    page(Exposure.RECORDS, "log/", views.access_log, "access_log"),
    page(Exposure.RECORDS, "me/record/", views.my_record, "my_record"),
]
