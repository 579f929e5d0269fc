// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Shares of royalties for several: collaborators, the authors of a model.
/// @notice What comes in, ether or an ERC-20 token, belongs to the payees by their parts. Each is paid for herself when
/// anybody asks, so one who takes no money keeps nothing from the others. It belongs to nobody and nothing can change it.
/// @dev Used as a minimal proxy whose payees are part of its code (immutable arguments), made by ColophonFactory. Rounds
/// down; what division leaves (less than a wei per payee) stays until more comes in. Tokens that take a fee from
/// transfers are paid out as they arrive; tokens whose balances shrink by themselves are not supported.
contract RoyaltySplitter {
    /// @notice Who gets how many parts of the whole.
    struct Share {
        address payee;
        uint96 parts;
    }

    /// @dev Stands for ether.
    address private constant ETHER = address(0);

    mapping(address token => uint256) private _released;
    mapping(address token => mapping(address payee => uint256)) private _releasedTo;

    event Received(address indexed from, uint256 amount);
    event Released(address indexed token, address indexed payee, uint256 amount);

    error NothingToRelease(address token, address payee);

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /// @notice The payees and their parts.
    function shares() public view returns (Share[] memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Share[]));
    }

    /// @notice What a payee can be paid now; `token` is an ERC-20 token, or zero for ether (wei).
    function releasable(address token, address payee) public view returns (uint256) {
        Share[] memory all = shares();
        uint256 whole = 0;
        uint256 own = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            whole += all[i].parts;
            if (all[i].payee == payee) own = all[i].parts;
        }
        uint256 balance = token == ETHER ? address(this).balance : IERC20(token).balanceOf(address(this));
        return ((balance + _released[token]) * own) / whole - _releasedTo[token][payee];
    }

    /// @notice Pay a payee what is hers by now. Anybody may ask for it.
    function release(address token, address payee) external returns (uint256 amount) {
        amount = releasable(token, payee);
        if (amount == 0) revert NothingToRelease(token, payee);
        // Before the payment: the payee may call back.
        _released[token] += amount;
        _releasedTo[token][payee] += amount;
        emit Released(token, payee, amount);
        if (token == ETHER) Address.sendValue(payable(payee), amount);
        else SafeERC20.safeTransfer(IERC20(token), payee, amount);
    }
}
