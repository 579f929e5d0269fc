// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Many 32-byte hashes, written once, read by their line.
/// @notice A page is a contract whose code is data: one STOP byte, then the hashes. It holds no executable code, so
/// nothing can call into it, change it or destroy it. Keeping a hash this way costs 6,400 gas instead of the 22,100 of a
/// storage slot, after 32,000 for the page itself and as much as a slot for its address.
library HashPage {
    error PageNotWritten();
    error NoSuchLine(uint256 line);

    /// @dev Creation code that returns all that follows it as the contract's code, and the STOP byte which that begins
    /// with: PUSH1 11, CODESIZE, SUB, DUP1, PUSH1 11, PUSH0, CODECOPY, PUSH0, RETURN; then STOP.
    bytes12 private constant HEAD = 0x600b380380600b5f395ff300;

    /// @notice Write a page. Reverts when it has more lines than a contract's code may have bytes (767 lines).
    function write(bytes32[] memory hashes) internal returns (address page) {
        bytes memory creation = abi.encodePacked(HEAD, hashes);
        // Solidity has no expression to create a contract from bytes.
        assembly ("memory-safe") {
            page := create(0, add(creation, 32), mload(creation))
        }
        if (page == address(0)) revert PageNotWritten();
    }

    /// @notice The hash on a line, counted from 0.
    function read(address page, uint256 line) internal view returns (bytes32 hash) {
        uint256 offset = 1 + 32 * line;
        if (page.code.length < offset + 32) revert NoSuchLine(line);
        // One word of the code, copied to the scratch space.
        assembly ("memory-safe") {
            extcodecopy(page, 0, offset, 32)
            hash := mload(0)
        }
    }
}
