"""The deployment of a collection as a transaction of the engine."""

from django.db import transaction

from generation.storage import store_bytes
from minting import contract_calls
from minting.chain_identity import known_chain
from minting.chains import chain_config
from minting.engine.assigning import next_nonce
from minting.errors import ChainUnavailable
from minting.metadata import collection_metadata
from minting.models import Collection, Transaction
from minting.rpc import RpcError, client_for
from minting.signers import Signer, attester_address, platform_signer
from minting.wake import wake_chain_worker_on_commit

ROYALTY_BASIS_POINTS = 500
"""5 %"""
GAS_MARGIN = 1.1


def deploy(collection: Collection, *, chain_id: int | None) -> Collection:
    """Save an unsaved collection with its deployment, and wake the chain worker on commit.

    Raises ChainUnavailable (no RPC address answers, or the node refuses to try), WrongChain, ImproperlyConfigured.
    """
    client = client_for(chain_config(chain_id))
    signer = platform_signer(client.config.chain_id)
    collection.chain = known_chain(client)
    data = _creation(collection, signer)
    try:
        gas = client.estimate_gas(to=None, data=data, sender=signer.address)
    except RpcError as error:
        raise ChainUnavailable(
            f"The chain's node refuses to try the deployment: {error.message}. Nothing was sent."
        ) from error
    count = client.transaction_count(signer.address)
    with transaction.atomic():
        nonce = next_nonce(chain=collection.chain, signer=signer.address, chain_count=count)
        collection.deployment = Transaction.objects.create(
            chain=collection.chain,
            signer=signer.address,
            nonce=nonce,
            kind=Transaction.Kind.DEPLOY,
            data=data,
            gas_limit=int(gas * GAS_MARGIN),
        )
        collection.address = contract_calls.deployed_address(deployer=signer.address, nonce=nonce)
        collection.save()
        wake_chain_worker_on_commit()
    return collection


def _creation(collection: Collection, signer: Signer) -> bytes:
    """Bytecode and constructor arguments."""
    wallet = collection.owner.wallets.first() if collection.owner else None
    beneficiary = wallet.address if wallet else signer.address
    metadata = store_bytes(data=collection_metadata(collection), media_type="application/json")
    return contract_calls.deployment(
        collection.name,
        collection.symbol,
        beneficiary,
        signer.address,
        attester_address(),
        beneficiary,
        ROYALTY_BASIS_POINTS,
        wallet is None,
        bytes(metadata.sha256),
    )
