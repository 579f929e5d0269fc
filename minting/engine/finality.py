"""From which height down a chain's blocks are safe, and final."""

from dataclasses import dataclass

from minting.rpc import ChainClient

NONE_YET = -1


@dataclass(frozen=True, kw_only=True)
class Heights:
    """Blocks up to these heights are safe and final; NONE_YET when no block is."""

    safe: int
    final: int


def heights(client: ChainClient) -> Heights:
    """By depth below the newest block, or by the chain's own `safe` and `finalized`, as a majority has them.

    Raises ChainUnavailable.
    """
    config = client.config
    if config.finality == "tag":
        safe, final = client.tagged_height("safe"), client.tagged_height("finalized")
        return Heights(safe=NONE_YET if safe is None else safe, final=NONE_YET if final is None else final)
    head = client.block_number()
    return Heights(safe=head - config.depth_of_safe(), final=head - config.confirmations)
