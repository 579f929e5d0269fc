"""Sign-in by contract wallets (ERC-1271), asked on a real chain."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_utils.address import to_checksum_address
from pytest_django import Settings

from accounts.errors import SignInRefused
from accounts.models import SignInChallenge
from accounts.services import sign_in_with_wallet
from api.errors import Unavailable
from devstack import anvil
from devstack.ports import free_port

Proof = Callable[..., dict[str, str]]
DOMAIN = "testserver"
CONTRACT = to_checksum_address("0x00000000000000000000000000000000c0ffee00")
ACCEPTED = "5e" * 32

# isValidSignature(bytes32, bytes) gives 0x1626ba7e when the signature's first word is ACCEPTED, else 0.
RUNTIME = "0x6064" + "35" + "7f" + ACCEPTED + "14" + "631626ba7e60e01b02" + "600052" + "60206000f3"


@pytest.fixture
def contract_wallet(fresh_chain: str, settings: Settings) -> str:
    """A contract wallet on a chain of this test's own."""
    settings.CHAINS = (replace(settings.CHAINS[0], rpc_urls=(fresh_chain,)),)
    anvil.call(fresh_chain, "anvil_setCode", CONTRACT, RUNTIME)
    return CONTRACT


def test_a_contract_wallet_that_accepts_the_signature_signs_in(contract_wallet: str, proof: Proof) -> None:
    person = sign_in_with_wallet(**{**proof(address=contract_wallet), "signature": "0x" + ACCEPTED}, domain=DOMAIN)
    assert person.wallets.get().address == contract_wallet


def test_a_contract_wallet_that_does_not_is_refused(contract_wallet: str, proof: Proof) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in_with_wallet(**proof(address=contract_wallet), domain=DOMAIN)
    assert refused.value.code == "bad_signature"
    assert SignInChallenge.objects.get().used_at is None


def test_a_second_rpc_address_answers_when_the_first_does_not(
    contract_wallet: str, proof: Proof, settings: Settings
) -> None:
    [chain] = settings.CHAINS
    dead = f"http://127.0.0.1:{free_port()}"
    settings.CHAINS = (replace(chain, rpc_urls=(dead, *chain.rpc_urls)),)
    message = {**proof(address=contract_wallet), "signature": "0x" + ACCEPTED}
    assert sign_in_with_wallet(**message, domain=DOMAIN).wallets.exists()


def test_when_no_rpc_address_answers_nothing_is_claimed(proof: Proof, settings: Settings) -> None:
    settings.CHAINS = (replace(settings.CHAINS[0], rpc_urls=(f"http://127.0.0.1:{free_port()}",)),)
    with pytest.raises(Unavailable) as unavailable:
        sign_in_with_wallet(**proof(address=CONTRACT), domain=DOMAIN)
    assert unavailable.value.code == "chain_unavailable"
    assert SignInChallenge.objects.get().used_at is None


def test_an_ordinary_wallet_needs_no_chain(proof: Proof, settings: Settings) -> None:
    settings.CHAINS = (replace(settings.CHAINS[0], rpc_urls=(f"http://127.0.0.1:{free_port()}",)),)
    assert sign_in_with_wallet(**proof(), domain=DOMAIN).wallets.exists()
