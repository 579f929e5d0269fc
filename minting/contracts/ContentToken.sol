// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ContentAddress} from "./ContentAddress.sol";
import {HashPage} from "./HashPage.sol";

/// @title Tokens whose id is the SHA-256 of their content, and whose metadata is kept by its SHA-256.
/// @notice Both are written while minting and never again. A content hash that was minted once stays taken, also when
/// its token is burnt.
/// @dev A token that is minted alone has its metadata hash in a storage slot; tokens minted together share a `HashPage`.
/// The reference to page and line lies beside the owner, in the same slot; that is why this contract keeps owners and
/// balances itself. All else of ERC-721 (approvals, transfers, checks) stays with OpenZeppelin, which asks and writes
/// owners through the three functions that are overridden here.
abstract contract ContentToken is ERC721 {
    uint256 private constant PAGE = 160;
    uint256 private constant LINE = 208;
    /// @dev What is left of a burnt token that is on no page: a line of no page, so that its word is not 0.
    uint256 private constant BURNT = 1 << LINE;

    /// @dev From the lowest bit on: the owner (160), the page (48) and the line on it (48). Page 0 means that the
    /// metadata hash is in `_metadataHashes`. One word, so that a mint writes it without reading it again (200 gas). It
    /// is 0 only before the token was minted, never again.
    mapping(uint256 tokenId => uint256) private _tokens;
    mapping(address owner => uint256) private _balances;
    mapping(uint256 tokenId => bytes32) private _metadataHashes;
    /// @dev Page numbers start at 1.
    address[] private _pages;

    error ContentAlreadyMinted(uint256 tokenId);
    error EmptyMetadataHash();

    /// @notice `ipfs://bafkrei…`, the address of the token's metadata, which is its SHA-256.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return ContentAddress.uri(metadataHashOf(tokenId));
    }

    /// @notice The SHA-256 of the token's metadata JSON, also after it was burnt.
    function metadataHashOf(uint256 tokenId) public view returns (bytes32) {
        uint256 token = _tokens[tokenId];
        if (token == 0) revert ERC721NonexistentToken(tokenId);
        uint256 page = uint48(token >> PAGE);
        return page == 0 ? _metadataHashes[tokenId] : HashPage.read(_pages[page - 1], token >> LINE);
    }

    /// @inheritdoc ERC721
    function balanceOf(address owner) public view override returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return _balances[owner];
    }

    /// @notice Burn a token, as its owner or whoever is approved. No token of this content can be minted here again.
    function burn(uint256 tokenId) external {
        _update(address(0), tokenId, msg.sender);
    }

    /// @dev Contract receivers are not called back, so none can refuse or re-enter.
    function _mintContent(address to, bytes32 contentHash, bytes32 metadataHash) internal returns (uint256 tokenId) {
        if (metadataHash == 0) revert EmptyMetadataHash();
        tokenId = _mintOnce(to, contentHash, 0);
        _metadataHashes[tokenId] = metadataHash;
    }

    /// @dev Like `_mintContent`, but the metadata hash is to be on `line` of the page that `_writePage` writes next.
    function _mintContentOnPage(address to, bytes32 contentHash, bytes32 metadataHash, uint256 line)
        internal
        returns (uint256 tokenId)
    {
        if (metadataHash == 0) revert EmptyMetadataHash();
        // Neither can grow beyond 48 bits: each page and each line costs thousands of gas.
        tokenId = _mintOnce(to, contentHash, (line << LINE) | ((_pages.length + 1) << PAGE));
    }

    /// @dev The metadata hashes of the tokens minted by `_mintContentOnPage` before, by their lines.
    function _writePage(bytes32[] memory metadataHashes) internal {
        _pages.push(HashPage.write(metadataHashes));
    }

    /// @dev What `_update` does for a token that nobody owns.
    function _mintOnce(address to, bytes32 contentHash, uint256 place) private returns (uint256 tokenId) {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        tokenId = uint256(contentHash);
        if (_tokens[tokenId] != 0) revert ContentAlreadyMinted(tokenId);
        unchecked {
            _balances[to] += 1;
        }
        _tokens[tokenId] = place | uint160(to);
        emit Transfer(address(0), to, tokenId);
    }

    // What OpenZeppelin's ERC721 keeps in `_owners` and `_balances`, kept here.

    function _ownerOf(uint256 tokenId) internal view override returns (address) {
        return address(uint160(_tokens[tokenId]));
    }

    function _increaseBalance(address account, uint128 value) internal override {
        unchecked {
            _balances[account] += value;
        }
    }

    /// @dev ERC721._update, word for word, on this contract's mappings; but what is burnt leaves its place behind.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address) {
        uint256 token = _tokens[tokenId];
        address from = address(uint160(token));
        if (auth != address(0)) _checkAuthorized(from, auth, tokenId);
        if (from != address(0)) {
            _approve(address(0), tokenId, address(0), false);
            unchecked {
                _balances[from] -= 1;
            }
        }
        if (to != address(0)) {
            unchecked {
                _balances[to] += 1;
            }
        }
        uint256 place = (token >> PAGE) << PAGE;
        _tokens[tokenId] = to == address(0) && place == 0 ? BURNT : place | uint160(to);
        emit Transfer(from, to, tokenId);
        return from;
    }
}
