// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title Who may say how a picture was made, when its word counts, and who may mint on it.
/// @notice A revoked attester can sign for nothing new; what was minted inside its interval stays valid.
abstract contract Attesters is AccessControl {
    /// @notice These pixels came from this recipe and model, for this creator, at this time (seconds).
    struct Attestation {
        bytes32 pixelHash;
        bytes32 recipeHash;
        bytes32 modelHash;
        address creator;
        uint64 createdAt;
    }

    /// @notice A signature in two words (EIP-2098): `vs` is s with the parity of v in its highest bit.
    struct CompactSignature {
        bytes32 r;
        bytes32 vs;
    }

    /// @notice When an attester's word counts (seconds). `trusted` falls when the role is revoked; the interval stays.
    /// @dev One slot. `minter` is the MINTER that is paired with it, see `pair`. `paysCreator` repeats
    /// `royaltyToCreator` of the whole collection here, where a mint reads anyway.
    struct Attester {
        uint40 validFrom;
        uint40 validUntil;
        bool trusted;
        bool paysCreator;
        address minter;
    }

    bytes32 public constant ATTESTER_ROLE = keccak256("ATTESTER_ROLE");
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt)"
    );
    /// @dev The attestation's domain has no chain and no contract: one signature holds on every chain. Immutable, since
    /// a constant would be hashed anew in every mint.
    bytes32 private immutable ATTESTATION_DOMAIN = keccak256(
        abi.encode(keccak256("EIP712Domain(string name,string version)"), keccak256("Colophon"), keccak256("1"))
    );

    /// @notice Whether a token's royalty goes to the attested creator (else all go to the default receiver).
    bool public royaltyToCreator;
    mapping(address account => Attester) private _attesters;
    /// @dev The other direction of `Attester.minter`.
    mapping(address minter => address) private _pairedAttester;

    event AttesterIntervalSet(address indexed attester, uint40 validFrom, uint40 validUntil);
    event Paired(address indexed minter, address indexed attester);

    error NotAttested(address recovered);

    /// @notice The interval of an attester and whether its word still counts for new tokens.
    function attester(address account) external view returns (Attester memory) {
        return _attesters[account];
    }

    /// @notice Bound the times an attester may have signed for, in seconds: `validFrom <= createdAt < validUntil`.
    function setAttesterInterval(address account, uint40 validFrom, uint40 validUntil)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        _setInterval(account, validFrom, validUntil);
    }

    /// @notice Keep one minter beside one attester, so that their mints read one slot instead of two (2,100 gas).
    /// @dev Grants nothing: both must have their roles, and the pair ends as soon as either loses its role.
    function pair(address minter, address attester_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _checkRole(MINTER_ROLE, minter);
        _checkRole(ATTESTER_ROLE, attester_);
        _pair(minter, attester_);
    }

    /// @dev For good, and before the first attester is named.
    function _payCreators(bool royaltyToCreator_) internal {
        royaltyToCreator = royaltyToCreator_;
    }

    /// @dev The caller has made sure that both have their roles.
    function _pair(address minter, address attester_) internal {
        _unpair(minter, _pairedAttester[minter]);
        _unpair(_attesters[attester_].minter, attester_);
        _attesters[attester_].minter = minter;
        _pairedAttester[minter] = attester_;
        emit Paired(minter, attester_);
    }

    function _unpair(address minter, address attester_) private {
        delete _pairedAttester[minter];
        delete _attesters[attester_].minter;
    }

    /// @dev Reverts when the attestation is not signed by an attester that is trusted now and was valid at its time.
    /// @return signer the attester
    /// @return pairedMinter an account that has MINTER_ROLE for certain, or zero
    /// @return paysCreator `royaltyToCreator`
    function _requireAttested(Attestation calldata attestation, CompactSignature calldata signature)
        internal
        view
        returns (address signer, address pairedMinter, bool paysCreator)
    {
        (signer,,) = ECDSA.tryRecover(_digest(_structHash(attestation)), signature.r, signature.vs);
        Attester storage record = _attesters[signer];
        // Taken together, so that the slot is read once.
        (uint40 validFrom, uint40 validUntil, bool trusted) = (record.validFrom, record.validUntil, record.trusted);
        (paysCreator, pairedMinter) = (record.paysCreator, record.minter);
        uint64 time = attestation.createdAt;
        if (signer == address(0) || !trusted || time < validFrom || time >= validUntil) revert NotAttested(signer);
    }

    /// @dev Whether an attester signed this at a time that its interval covers, also after it was revoked.
    function _wasAttested(Attestation memory attestation, bytes memory signature) internal view returns (bool) {
        bytes32 digest = _digest(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation)));
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signature);
        Attester memory record = _attesters[signer];
        uint64 time = attestation.createdAt;
        return problem == ECDSA.RecoverError.NoError && record.validFrom <= time && time < record.validUntil;
    }

    function _grantRole(bytes32 role, address account) internal virtual override returns (bool granted) {
        granted = super._grantRole(role, account);
        if (granted && role == ATTESTER_ROLE) {
            _attesters[account].trusted = true;
            _attesters[account].paysCreator = royaltyToCreator;
            _setInterval(account, 0, type(uint40).max);
        }
    }

    /// @dev A revoked attester signs for nothing new, however it dates it; what was minted stays valid.
    function _revokeRole(bytes32 role, address account) internal virtual override returns (bool revoked) {
        revoked = super._revokeRole(role, account);
        if (revoked && role == MINTER_ROLE) _unpair(account, _pairedAttester[account]);
        if (revoked && role == ATTESTER_ROLE) {
            Attester storage record = _attesters[account];
            _unpair(record.minter, account);
            record.trusted = false;
            if (record.validUntil > block.timestamp) _setInterval(account, record.validFrom, uint40(block.timestamp));
        }
    }

    function _setInterval(address account, uint40 validFrom, uint40 validUntil) private {
        _attesters[account].validFrom = validFrom;
        _attesters[account].validUntil = validUntil;
        emit AttesterIntervalSet(account, validFrom, validUntil);
    }

    /// @dev EIP-712 hashStruct. The five words lie in calldata just as they are to be hashed, so they are copied at
    /// once; `abi.encode` would take them one by one (300 gas). A word with superfluous bits has another hash.
    function _structHash(Attestation calldata attestation) private pure returns (bytes32 hash) {
        bytes32 typeHash = ATTESTATION_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            calldatacopy(add(buffer, 32), attestation, 160)
            hash := keccak256(buffer, 192)
        }
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(ATTESTATION_DOMAIN, structHash);
    }
}
