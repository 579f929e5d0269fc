"""Routes of generation under `/api/v1/`."""

from django.urls import path

from generation import api

urlpatterns = [
    path("models", api.Models.as_view(), name="api-models"),
    path("jobs", api.Jobs.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>", api.OneJob.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/preview", api.JobPreview.as_view(), name="api-job-preview"),
    path("jobs/<uuid:job_id>/cancel", api.CancelJob.as_view(), name="api-job-cancel"),
    path("jobs/<uuid:job_id>/retry", api.RetryJob.as_view(), name="api-job-retry"),
    path("jobs/<uuid:object_id>/events", api.job_events, name="api-job-events"),
    path("works", api.Works.as_view(), name="api-works"),
    path("works/<uuid:work_id>", api.OneWork.as_view(), name="api-work"),
]
