// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Attesters} from "../Attesters.sol";
import {ColophonCollection} from "../ColophonCollection.sol";
import {ContentAddress} from "../ContentAddress.sol";
import {ContentToken} from "../ContentToken.sol";
import {RoyaltySplitter} from "../RoyaltySplitter.sol";
import {Stage} from "./Stage.sol";
import {VM} from "./Vm.sol";

contract CollectionTest is Stage {
    ColophonCollection private _collection;

    function setUp() public {
        VM.warp(1_800_000_000);
        _collection = _proxy(true);
    }

    function testFuzz_aTokenIsItsContentAndKeepsItsMetadata(bytes32[] memory seeds, address to) public {
        VM.assume(to != address(0) && seeds.length > 0 && seeds.length <= 12);
        ColophonCollection.MintItem[] memory items = new ColophonCollection.MintItem[](seeds.length);
        for (uint256 i = 0; i < seeds.length; ++i) {
            items[i] = _item(keccak256(abi.encode(seeds[i], i)), to);
        }
        VM.prank(MINTER);
        _collection.mintBatch(items);
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 id = uint256(items[i].contentHash);
            assert(_collection.ownerOf(id) == to);
            assert(_collection.metadataHashOf(id) == items[i].metadataHash);
            (address receiver, uint256 amount) = _collection.royaltyInfo(id, 10_000);
            assert(receiver == CREATOR && amount == 500);
        }
        assert(_collection.balanceOf(to) == seeds.length);
    }

    function testFuzz_aBurntContentStaysTakenHoweverItWasMinted(bytes32 seed, uint8 size, uint8 which) public {
        ColophonCollection.MintItem[] memory items = new ColophonCollection.MintItem[](1 + size % 6);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = _item(keccak256(abi.encode(seed, i)), CREATOR);
        }
        VM.prank(MINTER);
        _collection.mintBatch(items);
        ColophonCollection.MintItem memory burnt = items[which % items.length];
        VM.prank(CREATOR);
        _collection.burn(uint256(burnt.contentHash));
        assert(_collection.balanceOf(CREATOR) == items.length - 1);
        assert(_collection.metadataHashOf(uint256(burnt.contentHash)) == burnt.metadataHash);
        VM.prank(MINTER);
        try _collection.mint(burnt) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == ContentToken.ContentAlreadyMinted.selector);
        }
    }

    function testFuzz_onlyItsOwnerBurnsAToken(address stranger, bytes32 seed) public {
        // Nobody can send from the zero address, which OpenZeppelin takes for a call of the contract's own.
        VM.assume(stranger != CREATOR && stranger != address(0));
        VM.prank(MINTER);
        _collection.mint(_item(seed, CREATOR));
        VM.prank(stranger);
        try _collection.burn(uint256(seed)) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == IERC721Errors.ERC721InsufficientApproval.selector);
        }
        assert(_collection.ownerOf(uint256(seed)) == CREATOR);
    }

    function testFuzz_onlyTheAttesterAttests(uint256 key, bytes32 seed) public {
        key = 1 + key % (CURVE_ORDER - 1);
        VM.assume(key != ATTESTER_KEY);
        ColophonCollection.MintItem memory item = _item(seed, CREATOR);
        item.signature = _attest(item.attestation, key);
        VM.prank(MINTER);
        try _collection.mint(item) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == Attesters.NotAttested.selector);
        }
    }

    function testFuzz_noBitOfAnAttestationCanBeChanged(bytes32 seed, uint8 word, uint8 bit) public {
        ColophonCollection.MintItem memory item = _item(seed, CREATOR);
        bytes32 flip = bytes32(uint256(1) << bit);
        if (word % 5 == 0) item.attestation.pixelHash ^= flip;
        if (word % 5 == 1) item.attestation.recipeHash ^= flip;
        if (word % 5 == 2) item.attestation.modelHash ^= flip;
        if (word % 5 == 3) item.signature.r ^= flip;
        if (word % 5 == 4) item.signature.vs ^= flip;
        VM.prank(MINTER);
        try _collection.mint(item) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == Attesters.NotAttested.selector);
        }
    }

    function testFuzz_noOtherPriceIsTaken(uint96 price, uint96 sent, bytes32 seed) public {
        ColophonCollection.MintVoucher memory voucher =
            ColophonCollection.MintVoucher(seed, keccak256("metadata"), CREATOR, price, type(uint64).max);
        bytes memory signature = _voucherSignature(_collection, voucher);
        Attesters.Attestation memory attestation = _attestation(seed);
        VM.deal(address(this), sent);
        try _collection.mintWithVoucher{value: sent}(
            voucher, signature, attestation, _attest(attestation, ATTESTER_KEY)
        ) {
            assert(sent == price);
            assert(_collection.owed(CREATOR) == price);
        } catch (bytes memory reason) {
            assert(sent != price && bytes4(reason) == ColophonCollection.WrongPrice.selector);
        }
        assert(address(_collection).balance == _collection.owed(CREATOR));
    }

    function testFuzz_anythingAsProofIsAnsweredAndNotReverted(bytes memory prompt, bytes memory data, bytes memory proof)
        public
        view
    {
        assert(!_collection.verify(prompt, data, proof));
    }

    function testFuzz_addressesAreBase32OfTheDigest(bytes32 digest) public pure {
        bytes memory uri = bytes(ContentAddress.uri(digest));
        assert(uri.length == 66);
        // Read back: the 52 characters behind `ipfs://bafkrei` are 260 bits, two zero bits and two of padding around it.
        uint256 bits = 0;
        for (uint256 i = 14; i < 66; ++i) {
            uint8 character = uint8(uri[i]);
            uint256 five = character >= 97 ? character - 97 : character - 50 + 26;
            bits = i == 65 ? (bits << 3) | (five >> 2) : (bits << 5) | five;
        }
        assert(bits == uint256(digest));
    }

    function testFuzz_theFactorySaysWhereItWillMake(address admin, string memory name, bytes32 salt) public {
        VM.assume(admin != address(0));
        ColophonCollection.Setup memory setup = _setup(false);
        (setup.admin, setup.name) = (admin, name);
        RoyaltySplitter.Share[] memory none = new RoyaltySplitter.Share[](0);
        address place = FACTORY.collectionAddress(setup, none, salt);
        assert(place.code.length == 0);
        assert(FACTORY.createCollection(setup, none, salt) == place);
        assert(FACTORY.createCollection(setup, none, salt) == place);
        address whole = FACTORY.wholeCollectionAddress(setup, none, salt);
        assert(whole != place && whole.code.length == 0);
        assert(FACTORY.createWholeCollection(setup, none, salt) == whole);
        assert(FACTORY.createWholeCollection(setup, none, salt) == whole);
        assert(keccak256(whole.code) == keccak256(FACTORY.COLLECTION().code));
        assert(ColophonCollection(whole).hasRole(bytes32(0), admin));
        assert(ColophonCollection(place).hasRole(bytes32(0), admin));
        assert(keccak256(bytes(ColophonCollection(place).name())) == keccak256(bytes(name)));
    }
}
