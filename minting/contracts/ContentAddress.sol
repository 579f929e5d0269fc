// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IPFS addresses of files whose SHA-256 is known.
library ContentAddress {
    bytes32 private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    /// @notice `ipfs://` and the CIDv1 (raw, sha2-256, base32) of the bytes with this SHA-256: `ipfs://bafkrei…`.
    /// @dev The CID's four header bytes give `afkrei` and two zero bits; those, the 256 bits of the digest and two zero
    /// bits of padding make the 52 characters that follow.
    function uri(bytes32 digest) internal pure returns (string memory) {
        bytes memory tail = new bytes(52);
        uint256 bits = uint256(digest);
        tail[0] = ALPHABET[bits >> 253];
        for (uint256 i = 1; i < 51; ++i) {
            tail[i] = ALPHABET[(bits >> (253 - 5 * i)) & 31];
        }
        tail[51] = ALPHABET[(bits << 2) & 31];
        return string.concat("ipfs://bafkrei", string(tail));
    }
}
