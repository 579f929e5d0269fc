"""Writes of minting: requesting and retrying mints, deploying collections. (The engine is `minting.engine`.)"""

from accounts.models import Person
from generation.models import Work
from minting.models import Collection, Mint


def request_mint(*, person: Person, work: Work, to: str, collection: Collection | None = None) -> Mint:
    """Write the token's metadata, content-addressed, and a Mint; wake the chain worker on commit.

    `to` is an address (EIP-55 when mixed case); `collection` defaults to the default one. Raises BadAddress,
    UnknownCollection, WorkNotMintable, AlreadyMinted, generation's WorkNotFound for somebody else's work.
    """
    raise NotImplementedError


def retry_mint(*, mint: Mint) -> Mint:
    """Request a failed mint again. Raises MintNotRetryable, AlreadyMinted."""
    raise NotImplementedError


def deploy_collection(
    *,
    slug: str,
    name: str,
    symbol: str,
    chain_id: int | None = None,
    owner: Person | None = None,
    is_default: bool = False,
) -> Collection:
    """Deploy a new collection through the transaction engine; its address is known at once, from the nonce.

    `chain_id` defaults to the first configured chain. Raises InvalidInput, ChainUnavailable, WrongChain.
    """
    raise NotImplementedError
