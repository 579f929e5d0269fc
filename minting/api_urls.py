"""Routes of minting under `/api/v1/`."""

from django.urls import path

from minting import api

urlpatterns = [
    path("collections", api.Collections.as_view(), name="api-collections"),
    path("collections/<uuid:collection_id>", api.OneCollection.as_view(), name="api-collection"),
    path("mints", api.Mints.as_view(), name="api-mints"),
    path("mints/<uuid:mint_id>", api.OneMint.as_view(), name="api-mint"),
    path("mints/<uuid:mint_id>/cancel", api.CancelMint.as_view(), name="api-mint-cancel"),
    path("mints/<uuid:mint_id>/retry", api.RetryMint.as_view(), name="api-mint-retry"),
    path("mints/<uuid:object_id>/events", api.mint_events, name="api-mint-events"),
]
