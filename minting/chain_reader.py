"""What the chain itself says about a token, asked now and not taken from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from minting import contract_calls
from minting.chain_identity import known_chain
from minting.chains import chain_config
from minting.models import Collection, Factory
from minting.rpc import ChainClient, RpcError, client_for

TRANSFER = bytes.fromhex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
"""topic of ERC-721's `Transfer(address indexed from, address indexed to, uint256 indexed tokenId)`"""
NOBODY = "0x" + 64 * "0"
"""the zero address as a topic: a token comes from it, and goes there when it is burnt"""


@dataclass(frozen=True, kw_only=True)
class TokenState:
    """A token as the chain has it at `block_number`."""

    owner: str
    token_uri: str
    block_number: int
    """the block this was read at"""
    confirmations: int | None
    """blocks on top of the one it was minted in; None when the node does not tell (no logs that old)"""
    minted_block: int | None
    transaction_hash: bytes | None


@dataclass(frozen=True, kw_only=True)
class BurntToken:
    """What the chain has, at `block_number`, of a token that was burnt."""

    metadata_hash: bytes
    """SHA-256 of what described it"""
    block_number: int
    """the block this was read at"""
    burnt_block: int | None
    """None when the node does not tell (no logs that old)"""
    transaction_hash: bytes | None
    """of the burning; None likewise"""

    @property
    def when(self) -> str:
        """`in block 7`, for sentences."""
        return (
            "in a block that the node does not name" if self.burnt_block is None else f"in block {self.burnt_block}"
        )


@dataclass(frozen=True, kw_only=True)
class MintLog:
    """The transfer from nobody by which a token came into being."""

    to: str
    block_number: int
    transaction_hash: bytes


@dataclass(frozen=True, kw_only=True)
class AttesterInterval:
    """The seconds since the epoch for which a contract trusts an attester: `valid_from <= t < valid_until`."""

    valid_from: int
    valid_until: int
    trusted: bool
    """whether it may sign for new tokens now; what it signed inside its interval stays valid"""

    def covers(self, created_at: int) -> bool:
        """Whether a statement of this second counts."""
        return self.valid_from <= created_at < self.valid_until


def attester_interval(*, collection: Collection, attester: str) -> AttesterInterval | None:
    """What a collection's contract says of an attester; None when it never knew it, or there is no contract.

    Raises ChainUnavailable, WrongChain, RpcError.
    """
    client = client_for(chain_config(collection.chain_id))
    known_chain(client)
    answer = client.eth_call(to=collection.address, data=contract_calls.call("attester", attester))
    if not answer:
        return None
    # The first three words; what follows differs between releases of the contract.
    valid_from, valid_until, trusted = decode(["uint40", "uint40", "bool"], answer)
    if valid_until == 0:
        return None
    return AttesterInterval(valid_from=valid_from, valid_until=valid_until, trusted=trusted)


def token_state(*, collection: Collection, token_id: int) -> TokenState | None:
    """Owner, token URI and depth of a token; None when the contract says that there is no such token (any more).

    Raises ChainUnavailable when the chain cannot be asked, WrongChain when it is another one.
    """
    found = token_on_chain(collection=collection, token_id=token_id)
    return found if isinstance(found, TokenState) else None


def token_on_chain(*, collection: Collection, token_id: int) -> TokenState | BurntToken | None:
    """The token, or what is left of one that was burnt; None when there never was one. Raises like `token_state`."""
    client = client_for(chain_config(collection.chain_id))
    known_chain(client)
    head = client.block_number()
    owner = _ask(client, collection, "ownerOf", token_id, head)
    if owner is None:
        return _burnt(client, collection, token_id, head)
    uri = _ask(client, collection, "tokenURI", token_id, head)
    if uri is None:
        return None
    log = mint_log(client=client, collection=collection, token_id=token_id)
    return TokenState(
        owner=str(to_checksum_address(str(owner))),
        token_uri=str(uri),
        block_number=head,
        confirmations=head - log.block_number if log else None,
        minted_block=log.block_number if log else None,
        transaction_hash=log.transaction_hash if log else None,
    )


def _burnt(client: ChainClient, collection: Collection, token_id: int, head: int) -> BurntToken | None:
    """The contract keeps the metadata's hash of a token that nobody owns any more, and of no other."""
    kept = _ask(client, collection, "metadataHashOf", token_id, head)
    if not isinstance(kept, bytes):
        return None
    burning = _transfer_log(client, collection, token_id, to=NOBODY)
    return BurntToken(
        metadata_hash=kept,
        block_number=head,
        burnt_block=int(burning["blockNumber"], 16) if burning else None,
        transaction_hash=bytes.fromhex(burning["transactionHash"][2:]) if burning else None,
    )


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Who gets which part of a royalty, in percent of the royalty."""

    address: str
    percent: Decimal


@dataclass(frozen=True, kw_only=True)
class Royalty:
    """Who gets how much of a sale."""

    receiver: str
    basis_points: int
    payees: tuple[Payee, ...] = ()
    """those whom a splitter of our factory pays; none when the receiver is no such splitter"""

    @property
    def percent(self) -> Decimal:
        """Of a sale."""
        return Decimal(self.basis_points) / 100

    def terms(self) -> tuple[str, int]:
        """Who receives how many basis points."""
        return (self.receiver, self.basis_points)


def royalty_of(*, collection: Collection, token_id: int) -> Royalty | None:
    """What ERC-2981 says of a token; None when the contract does not answer.

    Raises ChainUnavailable, WrongChain.
    """
    client = client_for(chain_config(collection.chain_id))
    call = contract_calls.call("royaltyInfo", token_id, 10_000)
    try:
        answer = client.eth_call(to=collection.address, data=call)
    except RpcError:
        return None
    if len(answer) < 64:
        return None
    receiver, basis_points = decode(["address", "uint256"], answer)
    address = str(to_checksum_address(receiver))
    return Royalty(receiver=address, basis_points=basis_points, payees=_payees(client, address))


def _payees(client: ChainClient, receiver: str) -> tuple[Payee, ...]:
    shares = splitter_shares(client, receiver)
    whole = sum(parts for _, parts in shares)
    return tuple(Payee(address=payee, percent=round(Decimal(100 * parts) / whole, 2)) for payee, parts in shares)


def splitter_shares(client: ChainClient, receiver: str) -> tuple[tuple[str, int], ...]:
    """Whom a splitter pays, and how many parts. What any other contract may say of itself is not taken for it."""
    try:
        answer = client.eth_call(to=receiver, data=contract_calls.call("shares", of=contract_calls.SPLITTER))
        shares = contract_calls.result("shares", answer, of=contract_calls.SPLITTER) if answer else ()
    except (RpcError, DecodingError):
        return ()
    if not shares or not _is_splitter_of_ours(client, receiver, shares):
        return ()
    return tuple((str(to_checksum_address(payee)), int(parts)) for payee, parts in shares)


def _is_splitter_of_ours(client: ChainClient, receiver: str, shares: Sequence[tuple[str, int]]) -> bool:
    """Whether one of our factories makes the splitter of these shares at this very address."""
    asked = contract_calls.call("splitterAddress", shares, of=contract_calls.FACTORY)
    for factory in Factory.objects.filter(chain=client.config.chain_id, deployment__succeeded=True):
        answer = client.eth_call(to=factory.address, data=asked)
        if contract_calls.result("splitterAddress", answer, of=contract_calls.FACTORY).lower() == receiver.lower():
            return True
    return False


def mint_log(*, client: ChainClient, collection: Collection, token_id: int) -> MintLog | None:
    """How a token came into being; None when there is no such log, or the node does not search that far back."""
    log = _transfer_log(client, collection, token_id, sender=NOBODY)
    if log is None:
        return None
    return MintLog(
        to=str(to_checksum_address("0x" + log["topics"][2][-40:])),
        block_number=int(log["blockNumber"], 16),
        transaction_hash=bytes.fromhex(log["transactionHash"][2:]),
    )


def _transfer_log(
    client: ChainClient, collection: Collection, token_id: int, *, sender: str | None = None, to: str | None = None
) -> dict[str, Any] | None:
    """The last transfer of a token from, or to, an account (a topic); None like `mint_log`."""
    query = {
        "address": collection.address,
        "fromBlock": hex(collection.first_block or 0),
        "toBlock": "latest",
        "topics": ["0x" + TRANSFER.hex(), sender, to, f"0x{token_id:064x}"],
    }
    try:
        logs: list[dict[str, Any]] = client.call("eth_getLogs", query)
    except RpcError:
        # Public nodes refuse long ranges. Then this is not known, which is no error.
        return None
    return logs[-1] if logs else None


def _ask(client: ChainClient, collection: Collection, function: str, token_id: int, block: int) -> object | None:
    """A view of one token; None when the contract reverts because there is no such token (or is no contract)."""
    call = contract_calls.call(function, token_id)
    try:
        answer = client.eth_call(to=collection.address, data=call, block=hex(block))
    except RpcError as error:
        if not error.is_revert:
            raise
        return None
    # No code at the address answers nothing at all.
    return contract_calls.result(function, answer) if answer else None
