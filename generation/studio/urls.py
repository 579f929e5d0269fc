"""Pages of the studio."""

from django.urls import path

from generation.studio import actions, board_views, stream, views

urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("studio/events/", stream.events, name="studio-events"),
    path("studio/presets/use/", views.use_preset, name="use-preset"),
    path("studio/presets/keep/", views.keep_preset, name="keep-preset"),
    path("studio/presets/forget/", views.forget_preset, name="forget-preset"),
    path("studio/favourites/add/", actions.add_favourites, name="add-favourites"),
    path("studio/favourites/remove/", actions.remove_favourites, name="remove-favourites"),
    path("studio/vary/subtle/", actions.vary, {"strength": "subtle"}, name="vary-subtle"),
    path("studio/vary/strong/", actions.vary, {"strength": "strong"}, name="vary-strong"),
    path("studio/upscale/", actions.upscale, name="upscale"),
    path("studio/compare/", board_views.compare_works, name="compare"),
    path("studio/compare/these/", actions.compare_these, name="compare-these"),
    path("studio/jobs/<uuid:job_id>/cancel/", actions.cancel_job, name="studio-cancel"),
    path("studio/jobs/<uuid:job_id>/retry/", actions.retry_job, name="studio-retry"),
    path("studio/jobs/<uuid:job_id>/dismiss/", actions.dismiss_job, name="studio-dismiss"),
    path("studio/boards/", board_views.own_boards, name="boards"),
    path("studio/boards/pick/", board_views.pick_board, name="pick-board"),
    path("studio/boards/pick/these/", actions.pick_board, name="pick-board-these"),
    path("studio/boards/put/", board_views.put_on_board, name="put-on-board"),
    path("boards/<uuid:board_id>/", board_views.board, name="board"),
    path("boards/<uuid:board_id>/change/", board_views.change_board, name="change-board"),
    path("boards/<uuid:board_id>/delete/", board_views.delete_board, name="delete-board"),
    path("boards/<uuid:board_id>/take-off/", board_views.take_off_board, name="take-off-board"),
]
