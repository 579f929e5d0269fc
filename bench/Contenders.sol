// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {ERC721A} from "erc721a/contracts/ERC721A.sol";
import {ERC721 as SoladyERC721} from "solady/src/tokens/ERC721.sol";

// What `make bench` measures against. None has roles, signatures, royalties or events of its own, and anybody may mint:
// real ones check more and cost more.

/// @title The plain mint: an OpenZeppelin counter with a token URI as text.
contract PlainCollection is ERC721URIStorage {
    uint256 private _nextTokenId;

    constructor() ERC721("Plain", "PLAIN") {}

    function mint(address to, string calldata uri) external {
        uint256 tokenId = _nextTokenId++;
        _mint(to, tokenId);
        _setTokenURI(tokenId, uri);
    }
}

/// @title ERC721A, a hash for each token: what its batches are good for is gone when each token carries its own.
contract HashedERC721A is ERC721A {
    mapping(uint256 tokenId => bytes32) public metadataHashOf;

    constructor() ERC721A("A", "A") {}

    /// @dev Tokens that carry nothing of their own.
    function mintBare(address to, uint256 count) external {
        _mint(to, count);
    }

    function mint(address to, bytes32[] calldata metadataHashes) external {
        uint256 first = _nextTokenId();
        _mint(to, metadataHashes.length);
        for (uint256 i = 0; i < metadataHashes.length; ++i) {
            metadataHashOf[first + i] = metadataHashes[i];
        }
    }
}

/// @title solady, the token's id a content hash and a metadata hash beside: what ours keeps, without any of its checks.
contract HashedSolady is SoladyERC721 {
    mapping(uint256 tokenId => bytes32) public metadataHashOf;

    function name() public pure override returns (string memory) {
        return "S";
    }

    function symbol() public pure override returns (string memory) {
        return "S";
    }

    function tokenURI(uint256) public pure override returns (string memory) {
        return "";
    }

    function mint(address to, bytes32[] calldata contentHashes, bytes32[] calldata metadataHashes) external {
        for (uint256 i = 0; i < contentHashes.length; ++i) {
            _mint(to, uint256(contentHashes[i]));
            metadataHashOf[uint256(contentHashes[i])] = metadataHashes[i];
        }
    }
}
