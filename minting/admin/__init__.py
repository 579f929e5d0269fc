"""The admin panel of minting. Django looks for it here; each part has a module of its own."""

from minting.admin import collections, mints, signers, transactions, vouchers

__all__ = ["collections", "mints", "signers", "transactions", "vouchers"]
