// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Attesters} from "./Attesters.sol";
import {ContentAddress} from "./ContentAddress.sol";
import {ContentToken} from "./ContentToken.sol";
import {IERC7007} from "./IERC7007.sol";

/// @title A collection of pictures that carry the note of how they were made.
/// @notice A token's id is the SHA-256 of its picture's file, so `sha256sum` and one `ownerOf` find a file's token and
/// the same content cannot be minted twice. The metadata is kept by its SHA-256, from which `tokenURI` is built: nobody
/// can change it. No token comes into being without an attester's signature over pixels and recipe.
contract ColophonCollection is ContentToken, ERC2981, EIP712, Attesters, IERC4906, IERC7007 {
    /// @notice The right to mint one content in this contract; whoever sends it, the token goes to `to`.
    struct MintVoucher {
        bytes32 contentHash;
        bytes32 metadataHash;
        address to;
        uint256 price;
        uint64 deadline;
    }

    /// @notice One work to mint.
    /// @dev Only words of fixed length, so that the arguments need no offsets. In this order the selector of `mint` is
    /// among the first that a call is compared with (500 gas).
    struct MintItem {
        bytes32 contentHash;
        bytes32 metadataHash;
        address to;
        Attestation attestation;
        CompactSignature signature;
    }

    bytes32 public constant CURATOR_ROLE = keccak256("CURATOR_ROLE");

    bytes32 private constant VOUCHER_TYPEHASH = keccak256(
        "MintVoucher(bytes32 contentHash,bytes32 metadataHash,address to,uint256 price,uint64 deadline)"
    );

    /// @notice Whether a token's royalty goes to the attested creator (else all go to the default receiver).
    bool public immutable ROYALTY_TO_CREATOR;
    uint96 private immutable ROYALTY_BASIS_POINTS;

    /// @dev Kept apart from ERC2981's, whose entries repeat the rate, which is the same for all of them.
    mapping(uint256 tokenId => address) private _royaltyReceivers;
    bytes32 private _contractMetadataHash;

    /// @notice A stripped copy of a picture still finds its token by its pixel hash.
    event Minted(uint256 indexed tokenId, bytes32 indexed pixelHash, bytes32 indexed recipeHash, address attester);
    /// @dev ERC-7572.
    event ContractURIUpdated();

    error VoucherExpired(uint64 deadline);
    error VoucherNotSigned();
    error WrongPrice(uint256 sent, uint256 price);
    error AigcDataNotVerified();

    constructor(
        string memory name_,
        string memory symbol_,
        address admin,
        address minter,
        address attester_,
        address royaltyReceiver,
        uint96 royaltyBasisPoints,
        bool royaltyToCreator,
        bytes32 contractMetadataHash
    ) ERC721(name_, symbol_) EIP712("Colophon", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CURATOR_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
        _grantRole(ATTESTER_ROLE, attester_);
        _pair(minter, attester_);
        _setDefaultRoyalty(royaltyReceiver, royaltyBasisPoints);
        ROYALTY_TO_CREATOR = royaltyToCreator;
        ROYALTY_BASIS_POINTS = royaltyBasisPoints;
        _contractMetadataHash = contractMetadataHash;
    }

    // Minting

    /// @notice Mint one work; the relayer pays.
    function mint(MintItem calldata item) external {
        (address signer, address pairedMinter) = _requireAttested(item.attestation, item.signature);
        if (msg.sender != pairedMinter) _checkRole(MINTER_ROLE);
        _note(_mintContent(item.to, item.contentHash, item.metadataHash), item.attestation, signer);
    }

    /// @notice Mint several works, all or none. Cheaper than one by one from three works on.
    function mintBatch(MintItem[] calldata items) external onlyRole(MINTER_ROLE) {
        bytes32[] memory metadataHashes = new bytes32[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            MintItem calldata item = items[i];
            (address signer,) = _requireAttested(item.attestation, item.signature);
            if (item.metadataHash == 0) revert EmptyMetadataHash();
            metadataHashes[i] = item.metadataHash;
            _note(_mintContentOnPage(item.to, item.contentHash, i), item.attestation, signer);
        }
        _writePage(metadataHashes);
    }

    /// @notice Mint with a voucher that a MINTER signed; the sender pays exactly its price.
    /// @param voucherSignature 65 bytes of a key that is MINTER; or, for a contract that is MINTER (ERC-1271), its
    /// 20-byte address followed by its signature.
    function mintWithVoucher(
        MintVoucher calldata voucher,
        bytes calldata voucherSignature,
        Attestation calldata attestation,
        CompactSignature calldata signature
    ) external payable {
        if (block.timestamp > voucher.deadline) revert VoucherExpired(voucher.deadline);
        if (msg.value != voucher.price) revert WrongPrice(msg.value, voucher.price);
        if (!_signedByMinter(voucher, voucherSignature)) revert VoucherNotSigned();
        (address signer,) = _requireAttested(attestation, signature);
        _note(_mintContent(voucher.to, voucher.contentHash, voucher.metadataHash), attestation, signer);
    }

    /// @dev What a new token carries besides owner and metadata: its royalty, and the event that finds it.
    function _note(uint256 tokenId, Attestation calldata attestation, address signer) private {
        address creator = ROYALTY_TO_CREATOR ? attestation.creator : address(0);
        if (creator != address(0)) _royaltyReceivers[tokenId] = creator;
        emit Minted(tokenId, attestation.pixelHash, attestation.recipeHash, signer);
    }

    function _signedByMinter(MintVoucher calldata voucher, bytes calldata signature) private view returns (bool) {
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    VOUCHER_TYPEHASH,
                    voucher.contentHash,
                    voucher.metadataHash,
                    voucher.to,
                    voucher.price,
                    voucher.deadline
                )
            )
        );
        if (signature.length == 65) {
            (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
            return problem == ECDSA.RecoverError.NoError && hasRole(MINTER_ROLE, signer);
        }
        if (signature.length < 20) return false;
        address account = address(bytes20(signature[:20]));
        return hasRole(MINTER_ROLE, account)
            && SignatureChecker.isValidERC1271SignatureNow(account, digest, signature[20:]);
    }

    // ERC-7007. The proof type is `attestation`: a signature that says who vouches. It is neither zkML nor opML.

    /// @inheritdoc IERC7007
    /// @dev The minter vouches that these pixels are this token's.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        onlyRole(MINTER_ROLE)
    {
        _requireOwned(tokenId);
        if (!verify(prompt, aigcData, proof)) revert AigcDataNotVerified();
        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    /// @inheritdoc IERC7007
    /// @dev prompt = recipe hash, aigcData = pixel hash, proof = abi.encode(attestation, signature). True as long as
    /// the attester's interval covers the signing, also after the attester was revoked.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) public view returns (bool) {
        // attestation (5 words), offset and length of the signature, 65 bytes padded to 3 words
        if (prompt.length != 32 || aigcData.length != 32 || proof.length != 320) return false;
        (Attestation memory attestation, bytes memory signature) = abi.decode(proof, (Attestation, bytes));
        if (bytes32(prompt) != attestation.recipeHash || bytes32(aigcData) != attestation.pixelHash) return false;
        return _wasAttested(attestation, signature);
    }

    // Metadata

    /// @notice The collection's own metadata (ERC-7572), by its SHA-256 as well.
    function contractURI() external view returns (string memory) {
        return _contractMetadataHash == 0 ? "" : ContentAddress.uri(_contractMetadataHash);
    }

    /// @notice Change how the collection presents itself; tokens are not touched.
    function setContractMetadata(bytes32 contractMetadataHash) external onlyRole(CURATOR_ROLE) {
        _contractMetadataHash = contractMetadataHash;
        emit ContractURIUpdated();
    }

    // Money

    /// @notice ERC-2981: the attested creator's royalty, or the default one.
    function royaltyInfo(uint256 tokenId, uint256 salePrice)
        public
        view
        override
        returns (address receiver, uint256 amount)
    {
        receiver = _royaltyReceivers[tokenId];
        if (receiver == address(0)) return super.royaltyInfo(tokenId, salePrice);
        amount = (salePrice * ROYALTY_BASIS_POINTS) / _feeDenominator();
    }

    /// @notice Change the default royalty; royalties of tokens minted to their creator's benefit stay.
    function setDefaultRoyalty(address receiver, uint96 basisPoints) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setDefaultRoyalty(receiver, basisPoints);
    }

    /// @notice Send what voucher mints paid in to an address the admin names.
    function withdraw(address payable to) external onlyRole(DEFAULT_ADMIN_ROLE) {
        Address.sendValue(to, address(this).balance);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, ERC2981, AccessControl, IERC165)
        returns (bool)
    {
        return interfaceId == bytes4(0x49064906) // ERC-4906; its events never come, for metadata never changes
            || interfaceId == type(IERC7007).interfaceId || interfaceId == type(IERC5267).interfaceId
            || ERC721.supportsInterface(interfaceId) || ERC2981.supportsInterface(interfaceId)
            || AccessControl.supportsInterface(interfaceId);
    }
}
