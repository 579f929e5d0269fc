// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ColophonCollection} from "./ColophonCollection.sol";
import {RoyaltySplitter} from "./RoyaltySplitter.sol";

/// @title Makes collections for creators and DAOs, and splitters for their royalties.
/// @notice A collection is a minimal proxy (ERC-1167), or a whole contract with the same code: thirteen times as dear to
/// make, and each mint costs less. Its address follows from all of its properties, the owner among them. So whoever sends
/// the transaction first makes exactly what was wanted: nobody can take the address for anything else, and asking twice
/// makes it once. The factory keeps no right over what it made.
contract ColophonFactory {
    /// @notice The code of all collections. It cannot be changed, and is itself a collection that nobody can use.
    address public immutable COLLECTION;
    /// @notice The code of all splitters.
    address public immutable SPLITTER;

    event CollectionCreated(
        address indexed collection, address indexed owner, address indexed minter, address attester, bytes32 salt
    );
    event SplitterCreated(address indexed splitter, RoyaltySplitter.Share[] shares);

    error SharesNotInOrder();
    error NoParts(address payee);
    error TooFewShares();
    error TwoRoyaltyReceivers();

    constructor() {
        SPLITTER = address(new RoyaltySplitter());
        address nobody = address(this);
        COLLECTION = address(
            new ColophonCollection(
                ColophonCollection.Setup("", "", nobody, nobody, nobody, nobody, 0, false, bytes32(0))
            )
        );
    }

    /// @notice Make a collection, and the splitter that gets its royalties when there are `shares`.
    /// @param shares empty, or at least two, and then `setup.royaltyReceiver` is zero; see `createSplitter`
    /// @param salt tells collections of the same properties apart
    function createCollection(
        ColophonCollection.Setup memory setup,
        RoyaltySplitter.Share[] calldata shares,
        bytes32 salt
    ) external returns (address collection) {
        _share(setup, shares);
        bytes32 place = _place(setup, salt);
        collection = Clones.predictDeterministicAddress(COLLECTION, place);
        if (collection.code.length > 0) return collection;
        Clones.cloneDeterministic(COLLECTION, place);
        _begin(collection, setup, salt);
    }

    /// @notice Like `createCollection`, but a whole contract and no proxy.
    function createWholeCollection(
        ColophonCollection.Setup memory setup,
        RoyaltySplitter.Share[] calldata shares,
        bytes32 salt
    ) external returns (address collection) {
        _share(setup, shares);
        (bytes32 place, bytes memory creation) = (_place(setup, salt), _wholeCreation());
        collection = Create2.computeAddress(place, keccak256(creation));
        if (collection.code.length > 0) return collection;
        Create2.deploy(0, place, creation);
        _begin(collection, setup, salt);
    }

    /// @notice Where `createCollection` with the same arguments makes, or has made, the collection.
    function collectionAddress(
        ColophonCollection.Setup memory setup,
        RoyaltySplitter.Share[] calldata shares,
        bytes32 salt
    ) external view returns (address) {
        if (shares.length > 0) setup.royaltyReceiver = splitterAddress(shares);
        return Clones.predictDeterministicAddress(COLLECTION, _place(setup, salt));
    }

    /// @notice Where `createWholeCollection` with the same arguments makes, or has made, the collection.
    function wholeCollectionAddress(
        ColophonCollection.Setup memory setup,
        RoyaltySplitter.Share[] calldata shares,
        bytes32 salt
    ) external view returns (address) {
        if (shares.length > 0) setup.royaltyReceiver = splitterAddress(shares);
        return Create2.computeAddress(_place(setup, salt), keccak256(_wholeCreation()));
    }

    /// @notice Make the splitter for these shares, of which there is one.
    /// @param shares at least two, in ascending order of the payees' addresses, none twice, none without parts
    function createSplitter(RoyaltySplitter.Share[] calldata shares) public returns (address splitter) {
        if (shares.length < 2) revert TooFewShares();
        for (uint256 i = 0; i < shares.length; ++i) {
            address before = i == 0 ? address(0) : shares[i - 1].payee;
            if (shares[i].payee <= before) revert SharesNotInOrder();
            if (shares[i].parts == 0) revert NoParts(shares[i].payee);
        }
        splitter = splitterAddress(shares);
        if (splitter.code.length > 0) return splitter;
        emit SplitterCreated(splitter, shares);
        Clones.cloneDeterministicWithImmutableArgs(SPLITTER, abi.encode(shares), 0);
    }

    /// @notice Where `createSplitter` with the same shares makes, or has made, the splitter.
    function splitterAddress(RoyaltySplitter.Share[] calldata shares) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(SPLITTER, abi.encode(shares), 0);
    }

    /// @dev Several who share the royalties do so through their splitter, which is made if it is not there.
    function _share(ColophonCollection.Setup memory setup, RoyaltySplitter.Share[] calldata shares) private {
        if (shares.length == 0) return;
        if (setup.royaltyReceiver != address(0)) revert TwoRoyaltyReceivers();
        setup.royaltyReceiver = createSplitter(shares);
    }

    /// @dev In the transaction that made it, so that nobody else can initialize it.
    function _begin(address collection, ColophonCollection.Setup memory setup, bytes32 salt) private {
        emit CollectionCreated(collection, setup.admin, setup.minter, setup.attester, salt);
        ColophonCollection(collection).initialize(setup);
    }

    /// @dev Creation code that copies the code of `COLLECTION`, which holds nothing that differs between collections:
    /// PUSH20 `COLLECTION`, DUP1, EXTCODESIZE, SWAP1, DUP2, PUSH0, PUSH0, DUP4, EXTCODECOPY, POP, PUSH0, RETURN. Sent
    /// along, that code would cost the caller 200,000 gas of calldata.
    function _wholeCreation() private view returns (bytes memory) {
        return abi.encodePacked(hex"73", COLLECTION, hex"803b90815f5f833c505ff3");
    }

    function _place(ColophonCollection.Setup memory setup, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(setup, salt));
    }
}
