"""What can be wrong with a request for a token."""

from api.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable


class BadAddress(InvalidInput):
    """Not an Ethereum address, or its EIP-55 checksum is wrong."""

    code = "bad_address"


class UnknownCollection(InvalidInput):
    """No collection that is ready has this id or slug."""

    code = "unknown_collection"


class MintNotFound(NotFound):
    """No such mint, or somebody else's."""

    code = "mint_not_found"


class AlreadyMinted(Conflict):
    """The work has, or is getting, a token in this collection. `detail` names it."""

    code = "already_minted"


class TokenBurnt(Conflict):
    """The work had a token in this collection that was burnt. Its content stays taken there, for ever."""

    code = "token_burnt"


class WorkNotMintable(Conflict):
    """The work is hidden or rejected by the curators (`work_hidden`, `work_rejected`)."""

    code = "work_not_mintable"


class MintNotRetryable(Conflict):
    """Only a failed mint can be tried again."""

    code = "mint_not_retryable"


class ChainUnavailable(Unavailable):
    """No RPC address of the chain answers."""

    code = "chain_unavailable"


class WrongChain(Unavailable):
    """The RPC address leads to another chain than the one this database knows."""

    code = "wrong_chain"


class SignerUnavailable(Unavailable):
    """The signer's key cannot be used now: its keystore, its Web3Signer or its KMS does not answer."""

    code = "signer_unavailable"


class MintNotCancelable(Conflict):
    """The mint has ended, stands in a block, or shares its transaction with others."""

    code = "mint_not_cancelable"


class BudgetExhausted(Problem):
    """Relayed minting spends the platform's money, and this much of it was set aside for today.

    `wait`: seconds until more comes (the answer's Retry-After).
    """

    code = "mint_budget_exhausted"
    status = 429
    title = "The budget for relayed mints is used up"

    def __init__(self, detail: str, *, wait: float) -> None:
        super().__init__(detail)
        self.wait = wait


class SignerNotAdmin(Conflict):
    """The collection has another admin, who decides who may mint in it."""

    code = "signer_not_admin"


class FactoryMissing(Unavailable):
    """Nobody has deployed the factory on this chain yet."""

    code = "factory_missing"


class NotYourAddress(InvalidInput):
    """Neither a linked wallet of the person nor a Safe that one of them owns."""

    code = "not_your_address"


class TooManyCollections(Conflict):
    """The platform pays for deployments, so one person may have only so many."""

    code = "too_many_collections"


class WholeNotMade(Conflict):
    """The chain's factory is of a release that made proxies only."""

    code = "whole_not_made"


class SignerWithoutFunds(Unavailable):
    """The platform's signer cannot pay for it now."""

    code = "signer_without_funds"


class RoyaltyNotTaken(Conflict):
    """The collection's contract is of a release that knew no royalty of a single token."""

    code = "royalty_not_taken"


class VoucherNotFound(NotFound):
    """No such voucher, or somebody else's."""

    code = "voucher_not_found"


class VoucherOpen(Conflict):
    """The work has an open voucher with other terms in this collection. `detail` names it."""

    code = "voucher_open"


class VoucherNotCancelable(Conflict):
    """It is used, expired, or canceled already."""

    code = "voucher_not_cancelable"
