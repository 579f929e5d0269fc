// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Attesters} from "../Attesters.sol";
import {ColophonCollection} from "../ColophonCollection.sol";
import {ColophonFactory} from "../ColophonFactory.sol";
import {RoyaltySplitter} from "../RoyaltySplitter.sol";
import {VM} from "./Vm.sol";

/// @dev A collection with a minter and an attester whose keys are known.
abstract contract Stage {
    uint256 internal constant MINTER_KEY = 0xA11CE;
    uint256 internal constant ATTESTER_KEY = 0xA77E57;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    address internal constant CREATOR = address(0xC0FFEE);

    address internal immutable MINTER = VM.addr(MINTER_KEY);
    address internal immutable ATTESTER = VM.addr(ATTESTER_KEY);
    ColophonFactory internal immutable FACTORY = new ColophonFactory();

    function _setup(bool royaltyToCreator) internal view returns (ColophonCollection.Setup memory) {
        return ColophonCollection.Setup({
            name: "Fuzz",
            symbol: "FUZZ",
            admin: address(this),
            minter: MINTER,
            attester: ATTESTER,
            royaltyReceiver: address(this),
            royaltyBasisPoints: 500,
            royaltyToCreator: royaltyToCreator,
            contractMetadataHash: bytes32(uint256(1))
        });
    }

    function _proxy(bool royaltyToCreator) internal returns (ColophonCollection) {
        RoyaltySplitter.Share[] memory none = new RoyaltySplitter.Share[](0);
        return ColophonCollection(FACTORY.createCollection(_setup(royaltyToCreator), none, bytes32(0)));
    }

    function _whole(bool royaltyToCreator) internal returns (ColophonCollection) {
        RoyaltySplitter.Share[] memory none = new RoyaltySplitter.Share[](0);
        return ColophonCollection(FACTORY.createWholeCollection(_setup(royaltyToCreator), none, bytes32(0)));
    }

    function _attestation(bytes32 seed) internal view returns (Attesters.Attestation memory) {
        return Attesters.Attestation({
            pixelHash: keccak256(abi.encode("pixels", seed)),
            recipeHash: keccak256(abi.encode("recipe", seed)),
            modelHash: keccak256("model"),
            creator: CREATOR,
            createdAt: uint64(block.timestamp)
        });
    }

    /// @dev EIP-712 computed here on its own.
    function _attest(Attesters.Attestation memory attestation, uint256 key)
        internal
        pure
        returns (Attesters.CompactSignature memory)
    {
        bytes32 domain = keccak256(
            abi.encode(keccak256("EIP712Domain(string name,string version)"), keccak256("Colophon"), keccak256("1"))
        );
        bytes32 typeHash = keccak256(
            "Attestation(bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, attestation));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return Attesters.CompactSignature(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _item(bytes32 seed, address to) internal view returns (ColophonCollection.MintItem memory) {
        Attesters.Attestation memory attestation = _attestation(seed);
        return ColophonCollection.MintItem({
            contentHash: seed,
            metadataHash: keccak256(abi.encode("metadata", seed)),
            to: to,
            attestation: attestation,
            signature: _attest(attestation, ATTESTER_KEY)
        });
    }

    function _voucherSignature(ColophonCollection collection, ColophonCollection.MintVoucher memory voucher)
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(MINTER_KEY, collection.voucherDigest(voucher));
        return abi.encodePacked(r, s, v);
    }
}
