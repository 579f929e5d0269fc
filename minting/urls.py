"""Pages of `minting`."""

from django.urls import path

from minting import views, views_own

app_name = "minting"
urlpatterns = [
    path("works/<uuid:work_id>/mint/", views.request_mint, name="request"),
    path("mints/<uuid:mint_id>/", views.mint, name="mint"),
    path("mints/<uuid:mint_id>/retry/", views.retry_mint, name="retry-mint"),
    path("collections/new/", views_own.create_collection, name="create-collection"),
    path("collections/<uuid:collection_id>/", views_own.collection, name="collection"),
    path("tokens/mine/", views_own.tokens, name="my-tokens"),
    path("vouchers/<uuid:voucher_id>/", views_own.voucher, name="voucher"),
    path("vouchers/<uuid:voucher_id>/cancel/", views_own.cancel_voucher, name="cancel-voucher"),
    path("tokens/<int:chain_id>/<str:address>/<str:token_id>/", views.token, name="token"),
]
