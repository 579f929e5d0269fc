"""What the signers have: who can pay, and whom somebody has to refill."""

from decimal import Decimal

from django.utils import timezone

from minting.alerts import raise_alert, resolve_alert
from minting.engine.round import Round
from minting.models import Alert, Chain, SignerNonce
from minting.querysets import open_transactions
from minting.rpc import ChainClient
from minting.signers import Signer

WEI = 10**18
NEVER_SEEN = Decimal(10) ** 60


def no_funds(client: ChainClient, signer: Signer) -> str:
    """What to tell everybody when the signer cannot pay."""
    return (
        f"The platform's signer {signer.address} has not enough {client.config.currency} on {client.config.name} to "
        "pay for this transaction. Nothing was lost: it goes on by itself once the signer is funded."
    )


def watch_balance(current: Round) -> int:
    """Note what the signer has, in wei, and tell operators when it has to be refilled. Raises ChainUnavailable."""
    client, signer = current.client, current.signer
    balance = client.balance(signer.address)
    SignerNonce.objects.filter(chain=current.chain, address=signer.address).update(
        balance=balance, balance_at=timezone.now()
    )
    low = client.config.refill_below
    if balance < low * WEI:
        raise_alert(
            kind=Alert.Kind.SIGNER_LOW,
            chain=current.chain,
            subject=signer.address,
            detail=f"The signer {signer.address} has {balance / WEI:.6f} {client.config.currency} left on "
            f"{client.config.name}, less than {low:g}. Send it some.",
        )
    else:
        resolve_alert(kind=Alert.Kind.SIGNER_LOW, chain=current.chain, subject=signer.address)
    return balance


def spendable(current: Round, *, max_fee: int) -> int:
    """What the signer has beyond what its open transactions may still cost, in wei."""
    open_ones = open_transactions(chain_id=current.chain.chain_id, signer=current.signer.address)
    committed = sum((carrier.gas_limit or 0) * max_fee for carrier in open_ones)
    return current.client.balance(current.signer.address) - committed


def richest_first(chain: Chain, signers: list[Signer]) -> list[Signer]:
    """The signers by what they had when last looked at; those never looked at come first."""
    counters = SignerNonce.objects.filter(chain=chain)
    seen = {counter.address: counter.balance for counter in counters if counter.balance is not None}
    return sorted(signers, key=lambda signer: -seen.get(signer.address, NEVER_SEEN))
