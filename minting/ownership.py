"""Whether an address on the chain is a person's: a linked wallet, or a Safe that a linked wallet owns."""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from accounts.models import Person
from minting.rpc import ChainClient, RpcError

GET_OWNERS = keccak(text="getOwners()")[:4]
"""Safe's, since its first version"""


def is_theirs(client: ChainClient, *, address: str, person: Person) -> bool:
    """Whether the address is one of the person's wallets, or a Safe with one of them among its owners.

    Raises ChainUnavailable.
    """
    wallets = {wallet.lower() for wallet in person.wallets.values_list("address", flat=True)}
    return address.lower() in wallets or any(owner in wallets for owner in safe_owners(client, address))


def safe_owners(client: ChainClient, address: str) -> list[str]:
    """In lower case, in the Safe's order; none when there is no Safe."""
    try:
        (owners,) = decode(["address[]"], client.eth_call(to=address, data=GET_OWNERS))
    except (RpcError, DecodingError):
        return []
    return [str(owner).lower() for owner in owners]
