// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
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
/// @dev Not upgradeable. Deployed as it is; or by ColophonFactory, as a minimal proxy (ERC-1167) or a copy of the code,
/// which it initializes in the same transaction: nothing that differs between collections may therefore be immutable.
contract ColophonCollection is ContentToken, ERC2981, EIP712, Attesters, IERC4906, IERC7007 {
    /// @notice The right to mint one content in this contract; whoever sends it, the token goes to `to`.
    struct MintVoucher {
        bytes32 contentHash;
        bytes32 metadataHash;
        address to;
        uint256 price;
        uint64 deadline;
    }

    /// @notice The same right, for a token with a royalty of its own.
    struct MintVoucherWithRoyalty {
        bytes32 contentHash;
        bytes32 metadataHash;
        address to;
        uint256 price;
        uint64 deadline;
        address royaltyReceiver;
        uint16 royaltyBasisPoints;
    }

    /// @notice What a token's creator wants its royalty to be, instead of the collection's.
    struct Royalty {
        address receiver;
        uint16 basisPoints;
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

    /// @notice All that a new collection is made of.
    struct Setup {
        string name;
        string symbol;
        address admin;
        address minter;
        address attester;
        address royaltyReceiver;
        uint96 royaltyBasisPoints;
        bool royaltyToCreator;
        bytes32 contractMetadataHash;
    }

    /// @dev Until `hasRate`, the rate is `_creatorBasisPoints`.
    struct TokenRoyalty {
        address receiver;
        uint16 basisPoints;
        bool hasRate;
    }

    bytes32 public constant CURATOR_ROLE = keccak256("CURATOR_ROLE");
    /// @notice No royalty is higher: 10 %.
    uint96 public constant MOST_BASIS_POINTS = 1000;

    /// @dev From so many works on, one page for their metadata hashes is cheaper than a slot for each.
    uint256 private constant PAGE_FROM = 4;
    bytes32 private constant VOUCHER_TYPEHASH = keccak256(
        "MintVoucher(bytes32 contentHash,bytes32 metadataHash,address to,uint256 price,uint64 deadline)"
    );
    bytes32 private constant ROYALTY_VOUCHER_TYPEHASH = keccak256(
        "MintVoucherWithRoyalty(bytes32 contentHash,bytes32 metadataHash,address to,uint256 price,uint64 deadline,"
        "address royaltyReceiver,uint16 royaltyBasisPoints)"
    );

    string private _name;
    string private _symbol;
    bool private _initialized;
    /// @dev The rate of royalties that go to attested creators. It never changes, the default royalty's may.
    uint16 private _creatorBasisPoints;
    bytes32 private _contractMetadataHash;
    /// @dev Kept apart from ERC2981's, whose entries repeat the rate, which is nearly always the same.
    mapping(uint256 tokenId => TokenRoyalty) private _tokenRoyalties;
    mapping(bytes32 digest => bool) private _canceled;
    mapping(address payee => uint256) private _owed;

    /// @notice A stripped copy of a picture still finds its token by its pixel hash.
    event Minted(uint256 indexed tokenId, bytes32 indexed pixelHash, bytes32 indexed recipeHash, address attester);
    /// @notice A token was minted for a price, which waits for the payee (see `withdraw`).
    event Sold(uint256 indexed tokenId, address indexed payee, uint256 price);
    event Withdrawn(address indexed payee, uint256 amount);
    event VoucherCanceled(uint256 indexed tokenId, bytes32 digest);
    event DefaultRoyaltySet(address indexed receiver, uint96 basisPoints);
    event TokenRoyaltySet(uint256 indexed tokenId, address indexed receiver, uint16 basisPoints);
    /// @dev ERC-7572.
    event ContractURIUpdated();

    error AlreadyInitialized();
    error VoucherExpired(uint64 deadline);
    error VoucherIsCanceled();
    error VoucherNotSigned();
    error WrongPrice(uint256 sent, uint256 price);
    error NothingOwed(address payee);
    error RoyaltyTooHigh(uint256 basisPoints, uint256 most);
    error NotRoyaltyReceiver(address account);
    error NoRoyaltyReceiver();
    error AigcDataNotVerified();

    constructor(Setup memory setup) ERC721("", "") EIP712("Colophon", "1") {
        _initialize(setup);
    }

    /// @notice What the constructor does, for a proxy or a copy. Once.
    function initialize(Setup calldata setup) external {
        if (_initialized) revert AlreadyInitialized();
        _initialize(setup);
    }

    function _initialize(Setup memory setup) private {
        _initialized = true;
        (_name, _symbol) = (setup.name, setup.symbol);
        _payCreators(setup.royaltyToCreator);
        _grantRole(DEFAULT_ADMIN_ROLE, setup.admin);
        _grantRole(CURATOR_ROLE, setup.admin);
        _grantRole(MINTER_ROLE, setup.minter);
        _grantRole(ATTESTER_ROLE, setup.attester);
        _pair(setup.minter, setup.attester);
        _changeDefaultRoyalty(setup.royaltyReceiver, setup.royaltyBasisPoints);
        _creatorBasisPoints = uint16(setup.royaltyBasisPoints);
        _contractMetadataHash = setup.contractMetadataHash;
    }

    // Minting

    /// @notice Mint one work; the relayer pays.
    function mint(MintItem calldata item) external {
        (address signer, address pairedMinter, bool paysCreator) = _requireAttested(item.attestation, item.signature);
        if (msg.sender != pairedMinter) _checkRole(MINTER_ROLE);
        _note(_mintContent(item.to, item.contentHash, item.metadataHash), item.attestation, signer, paysCreator);
    }

    /// @notice Mint one work whose royalty is the one given here, at most 10 %.
    /// @dev The minter decides it, as it decides who owns the token; from then on only the receiver does.
    function mintWithRoyalty(MintItem calldata item, Royalty calldata royalty) external onlyRole(MINTER_ROLE) {
        (address signer,,) = _requireAttested(item.attestation, item.signature);
        uint256 tokenId = _mintContent(item.to, item.contentHash, item.metadataHash);
        _note(tokenId, item.attestation, signer, false);
        _giveRoyalty(tokenId, royalty.receiver, royalty.basisPoints, MOST_BASIS_POINTS);
    }

    /// @notice Mint several works, all or none.
    function mintBatch(MintItem[] calldata items) external onlyRole(MINTER_ROLE) {
        _mintAll(items, Royalty(address(0), 0));
    }

    /// @notice Mint several works, all or none, each with the royalty given here.
    function mintBatchWithRoyalty(MintItem[] calldata items, Royalty calldata royalty) external onlyRole(MINTER_ROLE) {
        if (royalty.receiver == address(0)) revert NoRoyaltyReceiver();
        _mintAll(items, royalty);
    }

    function _mintAll(MintItem[] calldata items, Royalty memory royalty) private {
        bool own = royalty.receiver != address(0);
        bool onPage = items.length >= PAGE_FROM;
        bytes32[] memory lines = new bytes32[](onPage ? items.length : 0);
        for (uint256 i = 0; i < items.length; ++i) {
            MintItem calldata item = items[i];
            (address signer,, bool paysCreator) = _requireAttested(item.attestation, item.signature);
            if (onPage) lines[i] = item.metadataHash;
            uint256 tokenId = onPage
                ? _mintContentOnPage(item.to, item.contentHash, item.metadataHash, i)
                : _mintContent(item.to, item.contentHash, item.metadataHash);
            _note(tokenId, item.attestation, signer, paysCreator && !own);
            if (own) _giveRoyalty(tokenId, royalty.receiver, royalty.basisPoints, MOST_BASIS_POINTS);
        }
        if (onPage) _writePage(lines);
    }

    /// @notice Mint with a voucher that a MINTER signed; the sender pays exactly its price, and may be anybody: the token
    /// goes to `voucher.to`, which, when it is a contract, must take it (onERC721Received).
    /// @param voucherSignature 65 bytes of a key that is MINTER; or, for a contract that is MINTER (ERC-1271), its
    /// 20-byte address followed by its signature.
    function mintWithVoucher(
        MintVoucher calldata voucher,
        bytes calldata voucherSignature,
        Attestation calldata attestation,
        CompactSignature calldata signature
    ) external payable {
        _requireVoucher(voucherDigest(voucher), voucherSignature, voucher.deadline, voucher.price);
        _redeem(voucher, Royalty(address(0), 0), attestation, signature);
    }

    /// @notice Mint with a voucher that names the token's royalty; all else is as in `mintWithVoucher`.
    function mintWithRoyaltyVoucher(
        MintVoucherWithRoyalty calldata voucher,
        bytes calldata voucherSignature,
        Attestation calldata attestation,
        CompactSignature calldata signature
    ) external payable {
        _requireVoucher(royaltyVoucherDigest(voucher), voucherSignature, voucher.deadline, voucher.price);
        if (voucher.royaltyReceiver == address(0)) revert NoRoyaltyReceiver();
        _redeem(
            MintVoucher(voucher.contentHash, voucher.metadataHash, voucher.to, voucher.price, voucher.deadline),
            Royalty(voucher.royaltyReceiver, voucher.royaltyBasisPoints),
            attestation,
            signature
        );
    }

    /// @dev The voucher has been checked. Without a receiver the royalty is the collection's.
    function _redeem(
        MintVoucher memory voucher,
        Royalty memory royalty,
        Attestation calldata attestation,
        CompactSignature calldata signature
    ) private {
        (address signer,, bool paysCreator) = _requireAttested(attestation, signature);
        uint256 tokenId = _mintContent(voucher.to, voucher.contentHash, voucher.metadataHash);
        if (royalty.receiver != address(0)) {
            paysCreator = false;
            _giveRoyalty(tokenId, royalty.receiver, royalty.basisPoints, MOST_BASIS_POINTS);
        }
        _note(tokenId, attestation, signer, paysCreator);
        if (voucher.price > 0) _sell(tokenId, voucher.price);
        // Last, when all is written: whatever the receiver calls from there, it finds the token complete.
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), voucher.to, tokenId, "");
    }

    /// @notice Make a voucher worthless, whoever holds it. A token that it has minted stays.
    function cancelVoucher(MintVoucher calldata voucher) external onlyRole(MINTER_ROLE) {
        _cancel(uint256(voucher.contentHash), voucherDigest(voucher));
    }

    /// @notice `cancelVoucher` for a voucher that names a royalty.
    function cancelRoyaltyVoucher(MintVoucherWithRoyalty calldata voucher) external onlyRole(MINTER_ROLE) {
        _cancel(uint256(voucher.contentHash), royaltyVoucherDigest(voucher));
    }

    function _cancel(uint256 tokenId, bytes32 digest) private {
        _canceled[digest] = true;
        emit VoucherCanceled(tokenId, digest);
    }

    /// @notice Whether this voucher was canceled.
    function isCanceled(MintVoucher calldata voucher) external view returns (bool) {
        return _canceled[voucherDigest(voucher)];
    }

    /// @notice What a MINTER signs: the EIP-712 digest of a voucher on this chain and in this contract.
    function voucherDigest(MintVoucher calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(
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
    }

    /// @notice `voucherDigest` of a voucher that names a royalty.
    function royaltyVoucherDigest(MintVoucherWithRoyalty calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ROYALTY_VOUCHER_TYPEHASH, voucher)));
    }

    function _requireVoucher(bytes32 digest, bytes calldata signature, uint64 deadline, uint256 price) private view {
        if (block.timestamp > deadline) revert VoucherExpired(deadline);
        if (msg.value != price) revert WrongPrice(msg.value, price);
        if (_canceled[digest]) revert VoucherIsCanceled();
        if (!_signedByMinter(digest, signature)) revert VoucherNotSigned();
    }

    /// @dev What a new token carries besides owner and metadata: its royalty, and the event that finds it.
    function _note(uint256 tokenId, Attestation calldata attestation, address signer, bool paysCreator) private {
        address creator = paysCreator ? attestation.creator : address(0);
        if (creator != address(0)) _tokenRoyalties[tokenId].receiver = creator;
        emit Minted(tokenId, attestation.pixelHash, attestation.recipeHash, signer);
    }

    function _signedByMinter(bytes32 digest, bytes calldata signature) private view returns (bool) {
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

    /// @inheritdoc ERC721
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @inheritdoc ERC721
    function symbol() public view override returns (string memory) {
        return _symbol;
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

    /// @notice ERC-2981: the token's own royalty, or the default one.
    function royaltyInfo(uint256 tokenId, uint256 salePrice)
        public
        view
        override
        returns (address receiver, uint256 amount)
    {
        TokenRoyalty memory royalty = _tokenRoyalties[tokenId];
        if (royalty.receiver == address(0)) return super.royaltyInfo(tokenId, salePrice);
        uint256 basisPoints = royalty.hasRate ? royalty.basisPoints : _creatorBasisPoints;
        return (royalty.receiver, (salePrice * basisPoints) / _feeDenominator());
    }

    /// @notice Change the default royalty; tokens that have a royalty of their own keep it.
    function setDefaultRoyalty(address receiver, uint96 basisPoints) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _changeDefaultRoyalty(receiver, basisPoints);
    }

    /// @notice Give one token's royalty to somebody else (a splitter, say), at the same rate or a lower one.
    /// @dev Whoever receives a token's own royalty decides, nobody else; for a token that has only the default one it is
    /// the admin. A rate never rises, since whoever bought the token knew it.
    function setTokenRoyalty(uint256 tokenId, address receiver, uint16 basisPoints) external {
        _requireOwned(tokenId);
        if (_tokenRoyalties[tokenId].receiver == address(0)) _checkRole(DEFAULT_ADMIN_ROLE);
        else if (_tokenRoyalties[tokenId].receiver != msg.sender) revert NotRoyaltyReceiver(msg.sender);
        (, uint256 most) = royaltyInfo(tokenId, _feeDenominator());
        _giveRoyalty(tokenId, receiver, basisPoints, most);
    }

    function _giveRoyalty(uint256 tokenId, address receiver, uint16 basisPoints, uint256 most) private {
        if (basisPoints > most) revert RoyaltyTooHigh(basisPoints, most);
        if (receiver == address(0)) revert ERC2981InvalidTokenRoyaltyReceiver(tokenId, receiver);
        _tokenRoyalties[tokenId] = TokenRoyalty(receiver, basisPoints, true);
        emit TokenRoyaltySet(tokenId, receiver, basisPoints);
    }

    /// @notice What vouchers' prices have brought in for this account and were not yet paid out, in wei.
    function owed(address payee) external view returns (uint256) {
        return _owed[payee];
    }

    /// @notice Pay out what an account is owed, to that account. Anybody may ask for it.
    function withdraw(address payable payee) external {
        uint256 amount = _owed[payee];
        if (amount == 0) revert NothingOwed(payee);
        // Before the payment: the payee may call back.
        _owed[payee] = 0;
        emit Withdrawn(payee, amount);
        Address.sendValue(payee, amount);
    }

    /// @dev A price goes to whoever gets the token's royalty, and waits there until it is asked for: a payee that takes no
    /// money keeps nobody from minting.
    function _sell(uint256 tokenId, uint256 price) private {
        (address payee,) = royaltyInfo(tokenId, 0);
        _owed[payee] += price;
        emit Sold(tokenId, payee, price);
    }

    function _changeDefaultRoyalty(address receiver, uint96 basisPoints) private {
        if (basisPoints > MOST_BASIS_POINTS) revert RoyaltyTooHigh(basisPoints, MOST_BASIS_POINTS);
        _setDefaultRoyalty(receiver, basisPoints);
        emit DefaultRoyaltySet(receiver, basisPoints);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, ERC2981, AccessControl, IERC165)
        returns (bool)
    {
        return interfaceId == bytes4(0x49064906) // ERC-4906; its events never come, for metadata never changes
            || interfaceId == this.mintWithRoyalty.selector // collections of earlier releases lack it
            || interfaceId == type(IERC7007).interfaceId || interfaceId == type(IERC5267).interfaceId
            || ERC721.supportsInterface(interfaceId) || ERC2981.supportsInterface(interfaceId)
            || AccessControl.supportsInterface(interfaceId);
    }
}
