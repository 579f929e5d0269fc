// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

// Contracts that the tests set against ours.

/// A wallet of one owner, as a Safe: signs by ERC-1271, takes tokens and money, does what its owner asks.
contract Wallet is IERC1271, IERC721Receiver {
    address public immutable OWNER = msg.sender;
    address public immutable SIGNER;

    constructor(address signer) {
        SIGNER = signer;
    }

    receive() external payable {}

    function execute(address to, bytes calldata data) external payable {
        require(msg.sender == OWNER, "not the owner");
        (bool done,) = to.call{value: msg.value}(data);
        require(done, "refused");
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recover(hash, signature) == SIGNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// Takes neither tokens nor money.
contract Stone {}

/// Calls back whoever pays it or gives it a token, and remembers what it saw.
contract Reentrant is IERC721Receiver {
    address public target;
    bytes public again;
    uint256 public price;
    uint256 public calls;
    bool public succeeded;
    string public uri;
    address public royaltyReceiver;

    function arm(address target_, bytes calldata again_, uint256 price_) external payable {
        (target, again, price) = (target_, again_, price_);
    }

    receive() external payable {
        _callBack();
    }

    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external returns (bytes4) {
        uri = IERC721Metadata(msg.sender).tokenURI(tokenId);
        (royaltyReceiver,) = IERC2981(msg.sender).royaltyInfo(tokenId, 10_000);
        _callBack();
        // Having the token, it can give it away at once.
        IERC721(msg.sender).transferFrom(address(this), target, tokenId);
        return IERC721Receiver.onERC721Received.selector;
    }

    function _callBack() private {
        if (++calls > 2) return;
        (bool done,) = target.call{value: price}(again);
        succeeded = succeeded || done;
    }
}

contract Coin is ERC20("Coin", "COIN") {
    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
