"""Deployments as transactions of the engine: a collection that is a contract of its own, and the factory."""

import hashlib

from generation.storage import store_bytes
from minting import contract_calls
from minting.chain_identity import known_chain
from minting.chains import chain_config
from minting.metadata import collection_metadata
from minting.models import Collection, Factory, Transaction
from minting.platform_calls import PlatformCall, assign
from minting.rpc import client_for
from minting.signers import Signer, attester_address, platform_signer
from minting.telling import tell_collection

ROYALTY_BASIS_POINTS = 500
"""5 %"""


def deploy(collection: Collection, *, chain_id: int | None) -> Collection:
    """Save an unsaved collection with its deployment, and wake the chain worker on commit.

    Raises ChainUnavailable (no RPC address answers, or the node refuses to try), WrongChain, ImproperlyConfigured.
    """
    client = client_for(chain_config(chain_id))
    signer = platform_signer(client.config.chain_id)
    collection.chain = known_chain(client)

    def save(deployment: Transaction) -> None:
        collection.deployment = deployment
        collection.address = contract_calls.deployed_address(deployer=signer.address, nonce=deployment.nonce)
        collection.save()
        tell_collection(collection)

    call = PlatformCall(kind=Transaction.Kind.DEPLOY, to="", data=_creation(collection, signer))
    assign(client, chain=collection.chain, signer=signer, call=call, then=save)
    return collection


def ensure_factory(*, chain_id: int | None = None) -> Factory:
    """The factory of this release on a chain, deployed through the engine unless it is, or is becoming.

    Raises like `deploy`.
    """
    client = client_for(chain_config(chain_id))
    signer = platform_signer(client.config.chain_id)
    chain = known_chain(client)
    creation = contract_calls.deployment(of=contract_calls.FACTORY)
    code_hash = hashlib.sha256(creation).digest()
    known = Factory.objects.filter(chain=chain, code_hash=code_hash)
    found = known.exclude(deployment__succeeded=False).first()
    if found is not None:
        return found
    made: list[Factory] = []

    def save(deployment: Transaction) -> None:
        address = contract_calls.deployed_address(deployer=signer.address, nonce=deployment.nonce)
        made.append(Factory.objects.create(chain=chain, address=address, code_hash=code_hash, deployment=deployment))

    call = PlatformCall(kind=Transaction.Kind.FACTORY, to="", data=creation)
    assign(client, chain=chain, signer=signer, call=call, then=save)
    return made[0]


def _creation(collection: Collection, signer: Signer) -> bytes:
    """Bytecode and constructor arguments."""
    wallet = collection.owner.wallets.first() if collection.owner else None
    beneficiary = collection.owner_address = wallet.address if wallet else signer.address
    metadata = store_bytes(data=collection_metadata(collection), media_type="application/json")
    setup = (
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
    return contract_calls.deployment(setup)
