// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Attesters} from "../Attesters.sol";
import {ColophonCollection} from "../ColophonCollection.sol";
import {ContentToken} from "../ContentToken.sol";
import {RoyaltySplitter} from "../RoyaltySplitter.sol";
import {Stage} from "./Stage.sol";
import {VM} from "./Vm.sol";

/// @dev Does to a collection whatever people can do, and keeps the books beside it.
contract People is Stage {
    ColophonCollection public immutable COLLECTION;
    bytes32[] public contents;
    mapping(bytes32 content => bool) public isBurnt;
    uint256 public burnt;
    uint256 public paidIn;
    uint256 public paidOut;
    address[3] public people = [address(0x1001), address(0x1002), address(0x1003)];

    constructor(bool whole) {
        VM.warp(1_800_000_000);
        COLLECTION = whole ? _whole(true) : _proxy(true);
    }

    function count() external view returns (uint256) {
        return contents.length;
    }

    function mint(uint256 who) external {
        bytes32 content = _next();
        VM.prank(MINTER);
        COLLECTION.mint(_item(content, people[who % 3]));
    }

    function mintBatch(uint256 who, uint256 size) external {
        ColophonCollection.MintItem[] memory items = new ColophonCollection.MintItem[](1 + size % 6);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = _item(_next(), people[(who % 3 + i) % 3]);
        }
        VM.prank(MINTER);
        COLLECTION.mintBatch(items);
    }

    function buy(uint256 who, uint96 price, bool paysTheCreator) external {
        bytes32 content = _next();
        ColophonCollection.MintVoucher memory voucher = ColophonCollection.MintVoucher(
            content, keccak256(abi.encode("metadata", content)), people[who % 3], price, type(uint64).max
        );
        Attesters.Attestation memory attestation = _attestation(content);
        if (!paysTheCreator) attestation.creator = address(0);
        bytes memory signature = _voucherSignature(COLLECTION, voucher);
        VM.deal(address(this), price);
        COLLECTION.mintWithVoucher{value: price}(voucher, signature, attestation, _attest(attestation, ATTESTER_KEY));
        paidIn += price;
    }

    function withdraw(bool theCreator) external {
        address payee = theCreator ? CREATOR : address(this);
        uint256 owed = COLLECTION.owed(payee);
        if (owed == 0) return;
        COLLECTION.withdraw(payable(payee));
        paidOut += owed;
    }

    function transfer(uint256 which, uint256 to) external {
        (bytes32 content, bool found) = _held(which);
        if (!found) return;
        address owner = COLLECTION.ownerOf(uint256(content));
        VM.prank(owner);
        COLLECTION.transferFrom(owner, people[to % 3], uint256(content));
    }

    function burn(uint256 which) external {
        (bytes32 content, bool found) = _held(which);
        if (!found) return;
        VM.prank(COLLECTION.ownerOf(uint256(content)));
        COLLECTION.burn(uint256(content));
        (isBurnt[content], burnt) = (true, burnt + 1);
    }

    function mintAgain(uint256 which) external {
        if (contents.length == 0) return;
        ColophonCollection.MintItem memory item = _item(contents[which % contents.length], people[0]);
        VM.prank(MINTER);
        try COLLECTION.mint(item) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == ContentToken.ContentAlreadyMinted.selector);
        }
    }

    receive() external payable {}

    function owedTogether() external view returns (uint256) {
        return COLLECTION.owed(CREATOR) + COLLECTION.owed(address(this));
    }

    /// @dev A content whose token is not burnt, if this one is not.
    function _held(uint256 which) private view returns (bytes32 content, bool found) {
        if (contents.length == 0) return (content, false);
        content = contents[which % contents.length];
        found = !isBurnt[content];
    }

    function _next() private returns (bytes32 content) {
        content = keccak256(abi.encode("content", contents.length));
        contents.push(content);
    }
}

/// @dev Pays into a splitter and out of it, as anybody may.
contract Payers is Stage {
    RoyaltySplitter public immutable SPLITTER;
    uint256 public paidIn;
    address[3] public payees = [address(0x2001), address(0x2002), address(0x2003)];
    uint96[3] public parts = [uint96(1), 3, 7];

    constructor() {
        RoyaltySplitter.Share[] memory shares = new RoyaltySplitter.Share[](3);
        for (uint256 i = 0; i < 3; ++i) {
            shares[i] = RoyaltySplitter.Share(payees[i], parts[i]);
        }
        SPLITTER = RoyaltySplitter(payable(FACTORY.createSplitter(shares)));
    }

    function pay(uint96 amount) external {
        VM.deal(address(this), amount);
        (bool done,) = address(SPLITTER).call{value: amount}("");
        assert(done);
        paidIn += amount;
    }

    function release(uint256 who) external {
        if (SPLITTER.releasable(address(0), payees[who % 3]) > 0) SPLITTER.release(address(0), payees[who % 3]);
    }
}

abstract contract Invariants {
    People private _people;
    Payers private _payers;

    function _start(bool whole) internal {
        _people = new People(whole);
        _payers = new Payers();
    }

    /// @dev Asked by forge: whom to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](2);
        (targets[0], targets[1]) = (address(_people), address(_payers));
    }

    function invariant_everyContentIsOneTokenAtMostAlsoAfterBurning() public view {
        ColophonCollection collection = _people.COLLECTION();
        uint256 held = 0;
        for (uint256 i = 0; i < 3; ++i) {
            held += collection.balanceOf(_people.people(i));
        }
        assert(held == _people.count() - _people.burnt());
        for (uint256 i = 0; i < _people.count(); ++i) {
            bytes32 content = _people.contents(i);
            assert(collection.metadataHashOf(uint256(content)) == keccak256(abi.encode("metadata", content)));
            try collection.ownerOf(uint256(content)) returns (address owner) {
                assert(owner != address(0) && !_people.isBurnt(content));
            } catch (bytes memory reason) {
                assert(_people.isBurnt(content));
                assert(bytes4(reason) == IERC721Errors.ERC721NonexistentToken.selector);
            }
        }
    }

    function invariant_theCollectionHoldsExactlyWhatItOwes() public view {
        address collection = address(_people.COLLECTION());
        assert(collection.balance == _people.owedTogether());
        assert(_people.paidIn() == _people.paidOut() + collection.balance);
    }

    function invariant_everyPayeeHasOrCanHaveHerPartToTheWei() public view {
        RoyaltySplitter splitter = _payers.SPLITTER();
        for (uint256 i = 0; i < 3; ++i) {
            address payee = _payers.payees(i);
            uint256 due = payee.balance + splitter.releasable(address(0), payee);
            assert(due == _payers.paidIn() * _payers.parts(i) / 11);
        }
    }
}

contract InvariantsOfAProxyTest is Invariants {
    function setUp() public {
        _start(false);
    }
}

contract InvariantsOfAWholeContractTest is Invariants {
    function setUp() public {
        _start(true);
    }
}
