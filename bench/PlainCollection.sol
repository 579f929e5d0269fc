// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";

/// @title What `make bench` measures against: the least that an OpenZeppelin mint with a token URI can do.
/// @notice A counter, no roles, no call of the receiver: anybody may mint. A real one checks more and costs more.
contract PlainCollection is ERC721URIStorage {
    uint256 private _nextTokenId;

    constructor() ERC721("Plain", "PLAIN") {}

    function mint(address to, string calldata uri) external {
        uint256 tokenId = _nextTokenId++;
        _mint(to, tokenId);
        _setTokenURI(tokenId, uri);
    }
}
