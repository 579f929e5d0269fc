"""Let all signers of a chain mint in a collection, where the platform's first signer is its admin."""

from minting import contract_calls
from minting.chains import chain_config
from minting.errors import SignerNotAdmin
from minting.models import Collection, Transaction
from minting.platform_calls import PlatformCall, assign
from minting.rpc import Call, RpcError, client_for
from minting.signers import Signer, platform_signer, signers_for


def allow_signers(collection: Collection) -> list[str]:
    """Grant MINTER to the signers that lack it, each by a transaction of the engine; their addresses.

    Raises SignerNotAdmin when the collection's admin is somebody else, who has to grant it then; ChainUnavailable.
    """
    client, admin = client_for(chain_config(collection.chain_id)), platform_signer(collection.chain_id)
    role = client.eth_call(to=collection.address, data=contract_calls.call("MINTER_ROLE"))
    lacking = [
        signer.address
        for signer in signers_for(collection.chain_id)
        if not int.from_bytes(
            client.eth_call(to=collection.address, data=contract_calls.call("hasRole", role, signer.address))
        )
    ]
    for address in lacking:
        _grant(collection, contract_calls.call("grantRole", role, address), admin=admin)
    return lacking


def _grant(collection: Collection, data: bytes, *, admin: Signer) -> None:
    call = PlatformCall(kind=Transaction.Kind.CALL, to=collection.address, data=data)
    client = client_for(chain_config(collection.chain_id))
    try:
        client.try_out(Call(to=call.to, data=data, sender=admin.address))
    except RpcError as error:
        if error.is_revert:
            raise SignerNotAdmin(
                f"The platform's signer {admin.address} cannot grant roles in “{collection.name}”; its admin has to "
                f"do it: {contract_calls.decode_error(error.data) or error.message}"
            ) from error
    assign(client, chain=collection.chain, signer=admin, call=call, then=lambda _: None)
