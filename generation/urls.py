"""Pages of `generation`."""

from django.urls import path

from generation import files, views
from generation.reruns import views as reruns
from generation.studio.urls import urlpatterns as studio

app_name = "generation"
urlpatterns = [
    path("", views.home, name="home"),
    path("jobs/", views.submit, name="submit"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel_job, name="cancel-job"),
    path("jobs/<uuid:job_id>/retry/", views.retry_job, name="retry-job"),
    path("works/<uuid:work_id>/", views.work, name="work"),
    path("works/<uuid:work_id>/reproduce/", reruns.reproduce, name="reproduce"),
    path("works/<uuid:work_id>/audit/", reruns.audit, name="audit"),
    path("works/<uuid:work_id>/stop-reruns/", reruns.stop, name="stop-reruns"),
    *studio,
    path("ipfs/<str:cid>", files.by_cid, name="ipfs"),
    path("media/<path:name>", files.preview, name="preview"),
]
