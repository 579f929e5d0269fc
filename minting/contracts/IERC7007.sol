// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title ERC-7007, Verifiable AI-Generated Content Token. Interface id 0x702c55a6.
interface IERC7007 {
    /// @dev Emitted when AI-generated content data is added to a token.
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData, bytes proof);

    /// @notice Add AI-generated content data to a token; `verify` of the same arguments must hold.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external;

    /// @notice Whether `proof` vouches for `prompt` and `aigcData`.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        view
        returns (bool success);
}
