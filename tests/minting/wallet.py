"""A creator's own wallet in tests: it mints with a voucher, pays for itself, and moves what it owns."""

from typing import Any

from django.conf import settings
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3

from devstack import anvil
from generation.models import Work
from generation.storage import store_bytes
from minting.chains import ChainConfig
from minting.contracts import artifact, collection_artifact
from minting.contracts.mint_item import attestation_fields, compact_signature
from minting.metadata import token_metadata
from minting.models import Collection, Factory
from provenance import attestations
from provenance.keys import load_or_create_key

VOUCHER_TYPES = {
    "MintVoucher": [
        {"name": "contentHash", "type": "bytes32"},
        {"name": "metadataHash", "type": "bytes32"},
        {"name": "to", "type": "address"},
        {"name": "price", "type": "uint256"},
        {"name": "deadline", "type": "uint64"},
    ]
}


class Wallet:
    """A funded account on a test's chain."""

    def __init__(self, chain: ChainConfig) -> None:
        self.web3 = Web3(HTTPProvider(chain.rpc_urls[0]))
        self.account: LocalAccount = Account.create()
        anvil.fund(chain.rpc_urls[0], self.address)

    @property
    def address(self) -> str:
        """EIP-55."""
        return str(self.account.address)

    def mint(self, collection: Collection, work: Work, *, price: int = 0) -> bytes:
        """Mint a work with a voucher of the platform's signer; the transaction's hash."""
        metadata = store_bytes(data=token_metadata(work), media_type="application/json")
        voucher = (bytes(work.content_hash), bytes(metadata.sha256), self.address, price, 2**40)
        domain = {
            "name": "Colophon",
            "version": "1",
            "chainId": collection.chain_id,
            "verifyingContract": collection.address,
        }
        message = dict(zip([part["name"] for part in VOUCHER_TYPES["MintVoucher"]], voucher, strict=True))
        minter = load_or_create_key(settings.SIGNER_KEY_FILE)
        attestation, signature, _ = attestations.from_document(work.attestation)
        arguments = (
            voucher,
            bytes(Account.sign_typed_data(minter, domain, VOUCHER_TYPES, message).signature),
            attestation_fields(attestation),
            compact_signature(signature),
        )
        return self._send(self._contract(collection).functions.mintWithVoucher(*arguments), value=price)

    def transfer(self, collection: Collection, work: Work, to: str) -> bytes:
        """Give a token away; the transaction's hash."""
        token_id = int.from_bytes(bytes(work.content_hash), "big")
        return self._send(self._contract(collection).functions.transferFrom(self.address, to, token_id))

    def burn(self, collection: Collection, work: Work) -> int:
        """Burn a token; the block in which that happened."""
        token_id = int.from_bytes(bytes(work.content_hash), "big")
        sent = self._send(self._contract(collection).functions.burn(token_id))
        return int(self.web3.eth.get_transaction_receipt(HexBytes(sent))["blockNumber"])

    def create_collection(
        self, factory: Factory, *, owner: str, minter: str, attester: str, name: str = "Mine", whole: bool = False
    ) -> str:
        """Have the factory make a collection; its address."""
        setup = (name, "MINE", owner, minter, attester, owner, 500, False, bytes(32))
        contract = self.web3.eth.contract(address=factory.address, abi=artifact("ColophonFactory").abi)  # type: ignore[call-overload]
        arguments: tuple[object, ...] = (setup, [], bytes(32))
        functions = contract.functions
        self._send((functions.createWholeCollection if whole else functions.createCollection)(*arguments))
        place = functions.wholeCollectionAddress if whole else functions.collectionAddress
        return str(place(*arguments).call())

    def send(self, transaction: dict[str, Any]) -> int:
        """Send what the API gave for a voucher, as a program does that knows nothing else; the receipt's status."""
        fields = {
            "from": self.address,
            "to": transaction["to"],
            "data": transaction["data"],
            "value": int(transaction["value"]),
            "chainId": transaction["chain_id"],
            "nonce": self.web3.eth.get_transaction_count(self.account.address),
            "gas": 400_000,
            "maxFeePerGas": Web3.to_wei(10, "gwei"),
            "maxPriorityFeePerGas": 1,
        }
        sent = self.web3.eth.send_raw_transaction(self.account.sign_transaction(fields).raw_transaction)
        return int(self.web3.eth.wait_for_transaction_receipt(sent)["status"])

    def _contract(self, collection: Collection) -> Any:  # noqa: ANN401 - web3 builds its attributes at run time
        return self.web3.eth.contract(address=collection.address, abi=collection_artifact().abi)  # type: ignore[call-overload]

    def _send(self, call: Any, *, value: int = 0) -> bytes:  # noqa: ANN401 - as above
        nonce = self.web3.eth.get_transaction_count(self.account.address)
        fields = call.build_transaction({"from": self.address, "nonce": nonce, "value": value})
        sent = self.web3.eth.send_raw_transaction(self.account.sign_transaction(fields).raw_transaction)
        # The chain mines soon after it has answered, not before.
        self.web3.eth.wait_for_transaction_receipt(sent)
        return bytes(sent)
