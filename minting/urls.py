"""Pages of `minting`."""

from django.urls import path

from minting import views

app_name = "minting"
urlpatterns = [
    path("works/<uuid:work_id>/mint/", views.request_mint, name="request"),
    path("mints/<uuid:mint_id>/", views.mint, name="mint"),
    path("mints/<uuid:mint_id>/retry/", views.retry_mint, name="retry-mint"),
    path("tokens/<int:chain_id>/<str:address>/<str:token_id>/", views.token, name="token"),
]
