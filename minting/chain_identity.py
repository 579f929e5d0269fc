"""Is this the chain the database knows, and does it still hold what the database says?"""

from minting.chains import ChainConfig, chain_config
from minting.errors import ChainUnavailable, WrongChain
from minting.models import Chain, Transaction
from minting.rpc import ChainClient, client_for
from provenance.digests import to_hex


def known_chain(client: ChainClient) -> Chain:
    """The chain's row, written on first sight with its genesis hash.

    anvil keeps the genesis hash over a restart with `--state`, and gets another when it starts empty; so the
    genesis hash tells a chain that lost its state from one that merely restarted. Raises WrongChain when it differs,
    ChainUnavailable.
    """
    config, genesis = client.config, client.genesis_hash()
    chain, _ = Chain.objects.get_or_create(
        chain_id=config.chain_id, defaults={"name": config.name, "genesis_hash": genesis}
    )
    if bytes(chain.genesis_hash) != genesis:
        raise WrongChain(
            f"{config.name} is another chain than the one this database knows: its first block is "
            f"{to_hex(genesis)}, not {to_hex(bytes(chain.genesis_hash))}. Nothing was sent. "
            "Connect the old chain again, or begin with an empty database."
        )
    return chain


def check_chain(chain_id: int | None = None) -> list[str]:
    """What is wrong between chain and database, in plain sentences with what to do; empty when all is well."""
    config = chain_config(chain_id)
    client = client_for(config)
    try:
        chain = known_chain(client)
        return _lost_transactions(client, chain)
    except WrongChain as problem:
        return [problem.detail, _what_to_do(config)]
    except ChainUnavailable as problem:
        return [problem.detail]


def _lost_transactions(client: ChainClient, chain: Chain) -> list[str]:
    """Whether transactions that were mined are gone: then the chain went back to an older state."""
    mined = Transaction.objects.filter(chain=chain, status__in=["mined", "final"])
    sentences = []
    for signer in mined.values_list("signer", flat=True).distinct().order_by():
        last = mined.filter(signer=signer).order_by("-nonce").first()
        if last is None:
            continue
        held, expected = client.transaction_count(signer), last.nonce + 1
        if held < expected:
            sentences.append(
                f"The chain's state and the database disagree: {client.config.name} holds {held} transactions of the "
                f"signer {signer}, the database knows {expected} that were mined there."
            )
    return [*sentences, _what_to_do(client.config)] if sentences else []


def _what_to_do(config: ChainConfig) -> str:
    return (
        f"If {config.name} merely went back to an older state, let it run: the chain worker sends the same signed "
        "transactions again, and no token is made twice. If its state is gone, restore the chain folder from a "
        "backup, or move the whole state folder away and start anew."
    )
