"""Where a visitor's own browser may ask for tokens: the collections' contracts, and the chains' public nodes."""

from typing import TypedDict

from minting.chains import chain_config
from minting.models import Collection
from verification.token_layers import collections_to_ask


class Place(TypedDict):
    """A contract, the chain that it is on, and a node of that chain (empty when the site names none).

    `fromBlock` is where its logs begin, in hex.
    """

    name: str
    contract: str
    chain: int
    rpc: str
    fromBlock: str


def places_to_ask() -> list[Place]:
    """The collections that a check asks, those of the default first."""
    return [_place(collection) for collection in collections_to_ask()]


def _place(collection: Collection) -> Place:
    deployed_at = collection.deployment.block_number if collection.deployment else None
    return Place(
        name=collection.name,
        contract=collection.address,
        chain=collection.chain_id,
        rpc=chain_config(collection.chain_id).public_rpc_url,
        fromBlock=hex(deployed_at or 0),
    )
