"""Chains, collections, mints, and the transactions that carry them."""

from minting.indexer.models import IndexedCollection, IndexedFactory, IndexedTip, Token, TokenEvent
from minting.models.budgets import MintBudget, MintBudgetUse, MintReservation
from minting.models.chains import Alert, Chain, SignerNonce
from minting.models.collections import Collection, Factory
from minting.models.mints import Mint, MintBatch
from minting.models.royalties import Splitter
from minting.models.transactions import Transaction, TransactionAttempt, TransactionEvent
from minting.models.vouchers import Voucher

__all__ = [
    "Alert",
    "Chain",
    "Collection",
    "Factory",
    "IndexedCollection",
    "IndexedFactory",
    "IndexedTip",
    "Mint",
    "MintBatch",
    "MintBudget",
    "MintBudgetUse",
    "MintReservation",
    "SignerNonce",
    "Splitter",
    "Token",
    "TokenEvent",
    "Transaction",
    "TransactionAttempt",
    "TransactionEvent",
    "Voucher",
]
