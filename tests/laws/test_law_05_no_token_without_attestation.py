"""Law 5: the contract checks the attester's signature while minting."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from eth_account import Account

from devstack import anvil
from generation.models import Work
from minting import contract_calls
from minting.chains import ChainConfig
from minting.contracts.mint_item import attestation_fields, compact_signature
from minting.models import Collection
from minting.rpc import ChainClient, RpcError
from minting.signers import attester_address, platform_signer
from provenance import attestations
from provenance.attestations import Attestation
from provenance.keys import load_key
from tests.minting.stage import transfers_from_nobody

OTHER = "0x" + 64 * "7"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""the group order of secp256k1"""
Mint = Callable[..., str | None]


@pytest.fixture
def try_mint(chain: ChainConfig, collection: Collection, work: Work, owner: str) -> Mint:
    """Try a mint as the platform's minter; the name of the contract's error, or None when it went through.

    The signature is the two words that the contract takes, see `compact_signature`.
    """
    client = ChainClient(chain)

    def send(attestation: Attestation, signature: bytes) -> str | None:
        fields, words = attestation_fields(attestation), (signature[:32], signature[32:])
        data = contract_calls.call("mint", (bytes(work.content_hash), b"\x01" * 32, owner, fields, words))
        try:
            client.eth_call(to=collection.address, data=data, sender=platform_signer().address)
        except RpcError as error:
            return str(getattr(contract_calls.decode_error(error.data), "name", error.message))
        return None

    return send


def _signed(work: Work) -> tuple[Attestation, bytes]:
    attestation, signature, _ = attestations.from_document(work.attestation)
    return attestation, b"".join(compact_signature(signature))


def _sign(attestation: Attestation, key: bytes) -> bytes:
    return b"".join(compact_signature(attestations.sign(attestation, private_key=key)))


def _as_signer(chain: ChainConfig, collection: Collection, function: str, *arguments: object) -> None:
    """Send one of the admin's calls; on a fresh collection the platform's signer is admin."""
    rpc_url, sender = chain.rpc_urls[0], platform_signer().address
    anvil.call(rpc_url, "anvil_impersonateAccount", sender)
    call = {"from": sender, "to": collection.address, "data": "0x" + contract_calls.call(function, *arguments).hex()}
    anvil.call(rpc_url, "eth_sendTransaction", call)


def test_the_attesters_signature_is_accepted(try_mint: Mint, work: Work) -> None:
    assert try_mint(*_signed(work)) is None


@pytest.mark.parametrize("signature", [b"\x00" * 64, b"\xff" * 64, b"\x01" * 64])
def test_no_signature_no_token(try_mint: Mint, work: Work, signature: bytes) -> None:
    assert try_mint(_signed(work)[0], signature) == "NotAttested"


def test_a_second_signature_made_out_of_the_attesters_is_refused(try_mint: Mint, work: Work) -> None:
    attestation, signature = _signed(work)
    s = int.from_bytes(signature[32:]) % 2**255
    high = (ORDER - s).to_bytes(32)
    flipped = (int.from_bytes(signature[32:]) ^ 2**255).to_bytes(32)
    assert try_mint(attestation, signature[:32] + high) == "NotAttested"
    assert try_mint(attestation, signature[:32] + flipped) == "NotAttested"


def test_somebody_elses_signature_is_refused(try_mint: Mint, work: Work) -> None:
    attestation, _ = _signed(work)
    signature = _sign(attestation, bytes(Account.create().key))
    assert try_mint(attestation, signature) == "NotAttested"


@pytest.mark.parametrize("change", [{"pixelHash": OTHER}, {"recipeHash": OTHER}, {"modelHash": OTHER}])
def test_a_changed_statement_is_refused(try_mint: Mint, work: Work, change: dict[str, str]) -> None:
    document = {**work.attestation, "message": {**work.attestation["message"], **change}}
    attestation, signature, _ = attestations.from_document(document)
    assert try_mint(attestation, b"".join(compact_signature(signature))) == "NotAttested"


def test_a_revoked_attester_signs_for_nothing_new_however_it_dates_it(
    try_mint: Mint, chain: ChainConfig, collection: Collection, work: Work
) -> None:
    role = contract_calls.result(
        "ATTESTER_ROLE", ChainClient(chain).eth_call(to=collection.address, data=contract_calls.call("ATTESTER_ROLE"))
    )
    _as_signer(chain, collection, "revokeRole", role, attester_address())
    attestation, signature = _signed(work)
    assert try_mint(attestation, signature) == "NotAttested"
    backdated = replace(attestation, created_at=attestation.created_at - 86_400)
    key = load_key(settings.ATTESTER_KEY_FILE)
    assert try_mint(backdated, _sign(backdated, key)) == "NotAttested"


def test_an_attestation_from_outside_the_attesters_interval_is_refused(
    try_mint: Mint, chain: ChainConfig, collection: Collection, work: Work
) -> None:
    attestation, signature = _signed(work)
    _as_signer(chain, collection, "setAttesterInterval", attester_address(), 0, attestation.created_at)
    assert try_mint(attestation, signature) == "NotAttested"
    _as_signer(chain, collection, "setAttesterInterval", attester_address(), 0, attestation.created_at + 1)
    assert try_mint(attestation, signature) is None


def test_what_was_refused_made_no_token(chain: ChainConfig, collection: Collection) -> None:
    assert transfers_from_nobody(chain, collection) == []
