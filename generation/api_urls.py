"""Routes of generation under `/api/v1/`."""

from django.urls import path

from generation import api, api_images, api_models, api_works
from generation.reruns import api as reruns
from generation.studio import api as studio

urlpatterns = [
    path("models", api_models.Models.as_view(), name="api-models"),
    path("jobs", api.Jobs.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>", api.OneJob.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/preview", api.JobPreview.as_view(), name="api-job-preview"),
    path("jobs/<uuid:job_id>/cancel", api.CancelJob.as_view(), name="api-job-cancel"),
    path("jobs/<uuid:job_id>/retry", api.RetryJob.as_view(), name="api-job-retry"),
    path("jobs/<uuid:object_id>/events", api.job_events, name="api-job-events"),
    path("works", api_works.Works.as_view(), name="api-works"),
    path("works/<uuid:work_id>/variations", api_works.Variations.as_view(), name="api-work-variations"),
    path("works/<uuid:work_id>/upscale", api_works.Upscale.as_view(), name="api-work-upscale"),
    path("adapters", api_models.Adapters.as_view(), name="api-adapters"),
    path("images", api_images.Images.as_view(), name="api-images"),
    path("images/<uuid:image_id>", api_images.OneImage.as_view(), name="api-image"),
    path("images/<uuid:image_id>/file", api_images.ImageFile.as_view(), name="api-image-file"),
    path("works/<uuid:work_id>", api_works.OneWork.as_view(), name="api-work"),
    path("works/<uuid:work_id>/reruns", reruns.Reruns.as_view(), name="api-reruns"),
    path("works/<uuid:work_id>/reruns/<uuid:rerun_id>", reruns.OneRerun.as_view(), name="api-rerun"),
    path("works/<uuid:work_id>/favourite", studio.FavouriteWork.as_view(), name="api-favourite"),
    path("boards", studio.Boards.as_view(), name="api-boards"),
    path("boards/<uuid:board_id>", studio.OneBoard.as_view(), name="api-board"),
    path("boards/<uuid:board_id>/works", studio.WorksOfBoard.as_view(), name="api-board-works"),
    path("boards/<uuid:board_id>/works/<uuid:work_id>", studio.OneWorkOfBoard.as_view(), name="api-board-work"),
]
