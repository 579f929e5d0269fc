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
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ContentAddress} from "./ContentAddress.sol";
import {IERC7007} from "./IERC7007.sol";

/// @title A collection of pictures that carry the note of how they were made.
/// @notice A token's id is the SHA-256 of its picture's file, so `sha256sum` and one `ownerOf` find a file's token and
/// the same content cannot be minted twice. The metadata is kept by its SHA-256, from which `tokenURI` is built: nobody
/// can change it. No token comes into being without an attester's signature over pixels and recipe. There is no burn:
/// a content hash that was minted once stays taken.
contract ColophonCollection is ERC721, ERC2981, EIP712, AccessControl, IERC4906, IERC7007 {
    /// @notice These pixels came from this recipe and model, for this creator, at this time (seconds).
    struct Attestation {
        bytes32 pixelHash;
        bytes32 recipeHash;
        bytes32 modelHash;
        address creator;
        uint64 createdAt;
    }

    /// @notice The right to mint one content in this contract; whoever sends it, the token goes to `to`.
    struct MintVoucher {
        bytes32 contentHash;
        bytes32 metadataHash;
        address to;
        uint256 price;
        uint64 deadline;
    }

    /// @notice One item of `mintBatch`.
    struct MintItem {
        address to;
        bytes32 contentHash;
        bytes32 metadataHash;
        Attestation attestation;
        bytes signature;
    }

    /// @notice When an attester's word counts. `trusted` falls when the role is revoked; the interval stays.
    struct Attester {
        uint64 validFrom;
        uint64 validUntil;
        bool trusted;
    }

    bytes32 public constant ATTESTER_ROLE = keccak256("ATTESTER_ROLE");
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    bytes32 public constant CURATOR_ROLE = keccak256("CURATOR_ROLE");

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt)"
    );
    bytes32 private constant VOUCHER_TYPEHASH = keccak256(
        "MintVoucher(bytes32 contentHash,bytes32 metadataHash,address to,uint256 price,uint64 deadline)"
    );
    /// @dev The attestation's domain has no chain and no contract: one signature holds on every chain.
    bytes32 private constant ATTESTATION_DOMAIN = keccak256(
        abi.encode(keccak256("EIP712Domain(string name,string version)"), keccak256("Colophon"), keccak256("1"))
    );

    /// @notice Whether a token's royalty goes to the attested creator (else all go to the default receiver).
    bool public immutable ROYALTY_TO_CREATOR;
    uint96 private immutable ROYALTY_BASIS_POINTS;

    mapping(address account => Attester) private _attesters;
    mapping(uint256 tokenId => bytes32) private _metadataHashes;
    bytes32 private _contractMetadataHash;

    /// @notice A stripped copy of a picture still finds its token by its pixel hash.
    event Minted(uint256 indexed tokenId, bytes32 indexed pixelHash, bytes32 indexed recipeHash, address attester);
    event AttesterIntervalSet(address indexed attester, uint64 validFrom, uint64 validUntil);
    /// @dev ERC-7572.
    event ContractURIUpdated();

    error ContentAlreadyMinted(uint256 tokenId);
    error NotAttested(address recovered);
    error VoucherExpired(uint64 deadline);
    error VoucherNotSigned();
    error WrongPrice(uint256 sent, uint256 price);
    error AigcDataNotVerified();
    error EmptyMetadataHash();

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
        _setDefaultRoyalty(royaltyReceiver, royaltyBasisPoints);
        ROYALTY_TO_CREATOR = royaltyToCreator;
        ROYALTY_BASIS_POINTS = royaltyBasisPoints;
        _contractMetadataHash = contractMetadataHash;
    }

    // Minting

    /// @notice Mint one work; the relayer pays. Contract receivers are not called back, so none can refuse or re-enter.
    function mint(
        address to,
        bytes32 contentHash,
        bytes32 metadataHash,
        Attestation calldata attestation,
        bytes calldata signature
    ) external onlyRole(MINTER_ROLE) {
        _mintAttested(to, contentHash, metadataHash, attestation, signature);
    }

    /// @notice Mint several works, all or none.
    function mintBatch(MintItem[] calldata items) external onlyRole(MINTER_ROLE) {
        for (uint256 i = 0; i < items.length; ++i) {
            MintItem calldata item = items[i];
            _mintAttested(item.to, item.contentHash, item.metadataHash, item.attestation, item.signature);
        }
    }

    /// @notice Mint with a voucher that a MINTER signed; the sender pays exactly its price.
    /// @param voucherSignature 65 bytes of a key that is MINTER; or, for a contract that is MINTER (ERC-1271), its
    /// 20-byte address followed by its signature.
    function mintWithVoucher(
        MintVoucher calldata voucher,
        bytes calldata voucherSignature,
        Attestation calldata attestation,
        bytes calldata signature
    ) external payable {
        if (block.timestamp > voucher.deadline) revert VoucherExpired(voucher.deadline);
        if (msg.value != voucher.price) revert WrongPrice(msg.value, voucher.price);
        if (!_signedByMinter(voucher, voucherSignature)) revert VoucherNotSigned();
        _mintAttested(voucher.to, voucher.contentHash, voucher.metadataHash, attestation, signature);
    }

    function _mintAttested(
        address to,
        bytes32 contentHash,
        bytes32 metadataHash,
        Attestation calldata attestation,
        bytes calldata signature
    ) private {
        address signer = _attestationSigner(attestation, signature);
        Attester storage record = _attesters[signer];
        if (signer == address(0) || !record.trusted || !_inside(record, attestation.createdAt)) revert NotAttested(signer);
        if (metadataHash == 0) revert EmptyMetadataHash();
        if (to == address(0)) revert ERC721InvalidReceiver(to);

        uint256 tokenId = uint256(contentHash);
        if (_update(to, tokenId, address(0)) != address(0)) revert ContentAlreadyMinted(tokenId);
        _metadataHashes[tokenId] = metadataHash;
        if (ROYALTY_TO_CREATOR && attestation.creator != address(0)) {
            _setTokenRoyalty(tokenId, attestation.creator, ROYALTY_BASIS_POINTS);
        }
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

    // Attesters

    /// @notice The interval of an attester and whether its word still counts for new tokens.
    function attester(address account) external view returns (Attester memory) {
        return _attesters[account];
    }

    /// @notice Bound the times an attester may have signed for, in seconds: `validFrom <= createdAt < validUntil`.
    function setAttesterInterval(address account, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        _setInterval(account, validFrom, validUntil);
    }

    function _setInterval(address account, uint64 validFrom, uint64 validUntil) private {
        _attesters[account].validFrom = validFrom;
        _attesters[account].validUntil = validUntil;
        emit AttesterIntervalSet(account, validFrom, validUntil);
    }

    function _grantRole(bytes32 role, address account) internal override returns (bool granted) {
        granted = super._grantRole(role, account);
        if (granted && role == ATTESTER_ROLE) {
            _attesters[account].trusted = true;
            _setInterval(account, 0, type(uint64).max);
        }
    }

    /// @dev A revoked attester signs for nothing new, however it dates it; what was minted stays valid.
    function _revokeRole(bytes32 role, address account) internal override returns (bool revoked) {
        revoked = super._revokeRole(role, account);
        if (revoked && role == ATTESTER_ROLE) {
            Attester storage record = _attesters[account];
            record.trusted = false;
            if (record.validUntil > block.timestamp) _setInterval(account, record.validFrom, uint64(block.timestamp));
        }
    }

    function _attestationSigner(Attestation calldata attestation, bytes calldata signature)
        private
        pure
        returns (address signer)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                ATTESTATION_TYPEHASH,
                attestation.pixelHash,
                attestation.recipeHash,
                attestation.modelHash,
                attestation.creator,
                attestation.createdAt
            )
        );
        (signer,,) = ECDSA.tryRecoverCalldata(
            MessageHashUtils.toTypedDataHash(ATTESTATION_DOMAIN, structHash), signature
        );
    }

    function _inside(Attester storage record, uint64 createdAt) private view returns (bool) {
        return record.validFrom <= createdAt && createdAt < record.validUntil;
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
        bytes32 structHash = keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation));
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(MessageHashUtils.toTypedDataHash(ATTESTATION_DOMAIN, structHash), signature);
        return problem == ECDSA.RecoverError.NoError && _inside(_attesters[signer], attestation.createdAt);
    }

    // Metadata

    /// @notice `ipfs://bafkrei…`, the address of the token's metadata, which is its SHA-256.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return ContentAddress.uri(_metadataHashes[tokenId]);
    }

    /// @notice The SHA-256 of the token's metadata JSON.
    function metadataHashOf(uint256 tokenId) external view returns (bytes32) {
        _requireOwned(tokenId);
        return _metadataHashes[tokenId];
    }

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
