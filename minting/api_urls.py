"""Routes of minting under `/api/v1/`."""

from django.urls import path

from minting import api, api_batches, api_collections, api_vouchers

urlpatterns = [
    path("collections", api_collections.Collections.as_view(), name="api-collections"),
    path("collections/<uuid:collection_id>", api_collections.OneCollection.as_view(), name="api-collection"),
    path("mints", api.Mints.as_view(), name="api-mints"),
    path("mints/batch", api_batches.MintBatches.as_view(), name="api-mint-batches"),
    path("mints/batch/<uuid:batch_id>", api_batches.OneMintBatch.as_view(), name="api-mint-batch"),
    path("vouchers", api_vouchers.Vouchers.as_view(), name="api-vouchers"),
    path("vouchers/<uuid:voucher_id>", api_vouchers.OneVoucher.as_view(), name="api-voucher"),
    path("vouchers/<uuid:voucher_id>/cancel", api_vouchers.CancelVoucher.as_view(), name="api-voucher-cancel"),
    path("mints/<uuid:mint_id>", api.OneMint.as_view(), name="api-mint"),
    path("mints/<uuid:mint_id>/cancel", api.CancelMint.as_view(), name="api-mint-cancel"),
    path("mints/<uuid:mint_id>/retry", api.RetryMint.as_view(), name="api-mint-retry"),
    path("mints/<uuid:object_id>/events", api.mint_events, name="api-mint-events"),
]
