"""Let all signers of a chain mint in a collection, where the platform's first signer is its admin."""

from django.db import transaction

from minting import contract_calls
from minting.chains import chain_config
from minting.engine.assigning import next_nonce
from minting.errors import SignerNotAdmin
from minting.models import Collection, Transaction
from minting.rpc import RpcError, client_for
from minting.signers import platform_signer, signers_for
from minting.wake import wake_chain_worker_on_commit

GAS_MARGIN = 1.25


def allow_signers(collection: Collection) -> list[str]:
    """Grant MINTER to the signers that lack it, each by a transaction of the engine; their addresses.

    Raises SignerNotAdmin when the collection's admin is somebody else, who has to grant it then; ChainUnavailable.
    """
    client, admin = client_for(chain_config(collection.chain_id)), platform_signer(collection.chain_id)
    role = client.eth_call(to=collection.address, data=contract_calls.call("MINTER_ROLE"))
    lacking = [
        signer.address
        for signer in signers_for(collection.chain_id)
        if not int.from_bytes(
            client.eth_call(to=collection.address, data=contract_calls.call("hasRole", role, signer.address))
        )
    ]
    for address in lacking:
        _grant(collection, contract_calls.call("grantRole", role, address), admin=admin.address)
    return lacking


def _grant(collection: Collection, data: bytes, *, admin: str) -> None:
    client = client_for(chain_config(collection.chain_id))
    try:
        gas = client.estimate_gas(to=collection.address, data=data, sender=admin)
    except RpcError as error:
        raise SignerNotAdmin(
            f"The platform's signer {admin} cannot grant roles in “{collection.name}”; its admin has to do it: "
            f"{error.message}"
        ) from error
    count = client.transaction_count(admin)
    with transaction.atomic():
        Transaction.objects.create(
            chain=collection.chain,
            signer=admin,
            nonce=next_nonce(chain=collection.chain, signer=admin, chain_count=count),
            kind=Transaction.Kind.CALL,
            to=collection.address,
            data=data,
            gas_limit=int(gas * GAS_MARGIN),
        )
        wake_chain_worker_on_commit()
