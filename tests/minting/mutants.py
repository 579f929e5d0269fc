"""`make mutants`: take each guard out of the contracts and see that the tests notice.

A mutant is a change of the sources; the tests named with it must fail on it, and pass on the contracts as they are.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from minting.contracts.compile import artifact_text, compile_own, own_sources

VOUCHERS = "tests/minting/test_contract_vouchers.py"
FACTORY = "tests/minting/test_factory.py"
WHOLE = "tests/minting/test_factory_whole.py"
SPLITTER = "tests/minting/test_splitter.py"
BURNING = "tests/minting/test_contract_burning.py"
ROYALTIES = "tests/minting/test_contract_royalties.py"
ROYALTY_VOUCHERS = "tests/minting/test_contract_royalty_vouchers.py"


ONE_CHAIN = """
    function _ofOneChain(bytes32 hash) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        bytes32 domain = keccak256(
            abi.encode(kind, keccak256("Colophon"), keccak256("1"), uint256(31337), address(this))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }

    // Metadata
"""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """What is taken away: in which file, which text becomes which, and the test that must notice."""

    guards_against: str
    file: str
    changes: tuple[tuple[str, str], ...]
    noticed_by: str


MUTANTS = (
    Mutant(
        guards_against="front-running: the token goes to whoever sends",
        file="ColophonCollection.sol",
        changes=(("_mintContent(voucher.to, ", "_mintContent(msg.sender, "),),
        noticed_by=f"{VOUCHERS}::test_who_copies_a_voucher_from_the_pool_pays_for_the_token_of_its_owner",
    ),
    Mutant(
        guards_against="front-running: anybody's setup fits an address",
        file="ColophonFactory.sol",
        changes=(("(abi.encode(setup, salt))", "(abi.encode(setup.symbol, salt))"),),
        noticed_by=f"{FACTORY}::test_nobody_can_take_an_address_for_something_else",
    ),
    Mutant(
        guards_against="front-running: a proxy can be initialized again",
        file="ColophonCollection.sol",
        changes=(("        if (_initialized) revert AlreadyInitialized();\n", ""),),
        noticed_by=f"{FACTORY}::test_nothing_is_initialized_twice_the_implementation_included",
    ),
    Mutant(
        guards_against="front-running: a whole collection is left for whoever initializes it first",
        file="ColophonFactory.sol",
        changes=(
            (
                "        _begin(collection, setup, salt);\n    }\n\n    /// @notice Where `createCollection`",
                "    }\n\n    /// @notice Where `createCollection`",
            ),
        ),
        noticed_by=f"{WHOLE}::test_it_is_initialized_when_it_comes_into_being_and_never_again",
    ),
    Mutant(
        guards_against="front-running: who asks for a whole collection that is there already is refused",
        file="ColophonFactory.sol",
        changes=(
            (
                "        if (collection.code.length > 0) return collection;\n        Create2.deploy",
                "        Create2.deploy",
            ),
        ),
        noticed_by=f"{WHOLE}::test_who_runs_ahead_makes_exactly_what_was_wanted_and_asking_again_makes_nothing",
    ),
    Mutant(
        guards_against="replay in another collection: the contract is not part of what is signed",
        file="ColophonCollection.sol",
        changes=(("        return _hashTypedDataV4(\n", "        return _withoutContract(\n"), (
            "    // Metadata\n",
            ("    function _withoutContract(bytes32 h) private view returns (bytes32) {"
            " return keccak256(abi.encode(block.chainid, h)); }\n    // Metadata\n"),
        )),
        noticed_by=f"{VOUCHERS}::test_a_voucher_of_one_collection_is_worthless_in_another",
    ),
    Mutant(
        guards_against="replay on another chain: the id of the chain is a constant",
        file="ColophonCollection.sol",
        changes=(
            ("        return _hashTypedDataV4(\n", "        return _ofOneChain(\n"),
            ("    // Metadata\n", ONE_CHAIN),
        ),
        noticed_by=f"{VOUCHERS}::test_a_voucher_of_one_chain_is_worthless_on_another",
    ),
    Mutant(
        guards_against="malleable signatures: both values of s count",
        file="ColophonCollection.sol",
        changes=(
            (
                ("(address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);\n"
                "            return problem == ECDSA.RecoverError.NoError && hasRole(MINTER_ROLE, signer);"),
                ("address signer = ecrecover("
                "digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));\n"
                "            return signer != address(0) && hasRole(MINTER_ROLE, signer);"),
            ),
            ('import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";\n', ""),
        ),
        noticed_by=f"{VOUCHERS}::test_the_other_form_of_a_signature_is_refused",
    ),
    Mutant(
        guards_against="reentrancy through onERC721Received: the receiver is called before all is written",
        file="ColophonCollection.sol",
        changes=(
            ('        ERC721Utils.checkOnERC721Received(msg.sender, address(0), voucher.to, tokenId, "");\n', ""),
            (
                "        _note(tokenId, attestation, signer, paysCreator);\n        if (voucher.price",
                ('        ERC721Utils.checkOnERC721Received(msg.sender, address(0), voucher.to, tokenId, "");\n'
                "        _note(tokenId, attestation, signer, paysCreator);\n        if (voucher.price"),
            ),
        ),
        noticed_by=f"{VOUCHERS}::test_a_receiver_that_calls_back_finds_its_token_complete_and_gets_no_second",
    ),
    Mutant(
        guards_against="reentrancy while paying out a sale: the books are written after the payment",
        file="ColophonCollection.sol",
        changes=(
            ("        _owed[payee] = 0;\n", ""),
            ("        Address.sendValue(payee, amount);\n", ("        Address.sendValue(payee, amount);\n"
             "        _owed[payee] = 0;\n")),
        ),
        noticed_by=f"{VOUCHERS}::test_a_payee_that_calls_back_is_paid_once",
    ),
    Mutant(
        guards_against="reentrancy while paying out a royalty: the books are written after the payment",
        file="RoyaltySplitter.sol",
        changes=(
            ("        _released[token] += amount;\n        _releasedTo[token][payee] += amount;\n", ""),
            (
                "        else SafeERC20.safeTransfer(IERC20(token), payee, amount);\n",
                ("        else SafeERC20.safeTransfer(IERC20(token), payee, amount);\n"
                "        _released[token] += amount;\n        _releasedTo[token][payee] += amount;\n"),
            ),
        ),
        noticed_by=f"{SPLITTER}::test_a_payee_that_calls_back_is_paid_once",
    ),
    Mutant(
        guards_against="a payee that takes no money: a price is paid at once",
        file="ColophonCollection.sol",
        changes=(("        _owed[payee] += price;\n", "        Address.sendValue(payable(payee), price);\n"),),
        noticed_by=f"{VOUCHERS}::test_a_payee_that_takes_no_money_stops_nobody_from_minting",
    ),
    Mutant(
        guards_against="a canceled voucher is not looked up",
        file="ColophonCollection.sol",
        changes=(("        if (_canceled[digest]) revert VoucherIsCanceled();\n", ""),),
        noticed_by=f"{VOUCHERS}::test_a_canceled_voucher_mints_nothing_and_leaves_others_alone",
    ),
    Mutant(
        guards_against="a contract that cannot take tokens gets one",
        file="ColophonCollection.sol",
        changes=(
            ('        ERC721Utils.checkOnERC721Received(msg.sender, address(0), voucher.to, tokenId, "");\n', ""),
            ('import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";\n', ""),
        ),
        noticed_by=f"{VOUCHERS}::test_a_contract_wallet_receives_and_one_that_cannot_take_tokens_gets_none",
    ),
    Mutant(
        guards_against="front-running: whoever sends a voucher names the royalty's receiver",
        file="ColophonCollection.sol",
        changes=(
            (
                "Royalty(voucher.royaltyReceiver, voucher.royaltyBasisPoints),",
                "Royalty(msg.sender, voucher.royaltyBasisPoints),",
            ),
        ),
        noticed_by=f"{ROYALTY_VOUCHERS}::test_the_token_has_the_royalty_and_its_price_goes_there",
    ),
    Mutant(
        guards_against="a royalty of more than 10 %",
        file="ColophonCollection.sol",
        changes=(("if (basisPoints > most) revert", "if (basisPoints > most + 10_000) revert"),),
        noticed_by=f"{ROYALTIES}::test_the_minter_gives_a_token_a_royalty_of_its_own_at_most_ten_percent",
    ),
    Mutant(
        guards_against="anybody mints with a royalty",
        file="ColophonCollection.sol",
        changes=(
            (
                "mintWithRoyalty(MintItem calldata item, Royalty calldata royalty) external onlyRole(MINTER_ROLE) {",
                "mintWithRoyalty(MintItem calldata item, Royalty calldata royalty) external {",
            ),
        ),
        noticed_by=f"{ROYALTIES}::test_the_minter_gives_a_token_a_royalty_of_its_own_at_most_ten_percent",
    ),
    Mutant(
        guards_against="a content that was burnt is minted again",
        file="ContentToken.sol",
        changes=(("to == address(0) && place == 0 ? BURNT : place | uint160(to)", "place | uint160(to)"),),
        noticed_by=f"{BURNING}::test_its_content_cannot_be_minted_again_by_the_minter",
    ),
    Mutant(
        guards_against="anybody burns anybody's token",
        file="ContentToken.sol",
        changes=(("_update(address(0), tokenId, msg.sender);", "_update(address(0), tokenId, address(0));"),),
        noticed_by=f"{BURNING}::test_nobody_else_burns_not_even_minter_or_admin",
    ),
)  # fmt: skip


def main() -> int:
    """Run every mutant; how many were not noticed."""
    missed = 0
    for mutant in MUTANTS:
        with tempfile.TemporaryDirectory() as folder:
            _write(mutant, Path(folder))
            noticed = not _passes(mutant.noticed_by, artifacts=folder)
        missed += not noticed
        print(f"{'noticed' if noticed else 'NOT NOTICED':12} {mutant.guards_against}", flush=True)
    return missed


def _write(mutant: Mutant, folder: Path) -> None:
    sources = own_sources()
    path = f"minting/contracts/{mutant.file}"
    for old, new in mutant.changes:
        if sources[path].count(old) != 1:
            raise ValueError(f"{mutant.guards_against}: this is not once in {mutant.file}: {old!r}")
        sources[path] = sources[path].replace(old, new)
    for name, compiled in compile_own(sources).items():
        (folder / f"{name}.json").write_text(artifact_text(compiled))


def _passes(test: str, *, artifacts: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "CONTRACT_ARTIFACTS": artifacts}
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
