"""The stage of minting, for these tests."""

from tests.minting.contract_stage import contract, factory, web3  # noqa: F401 - likewise
from tests.minting.stage import (  # noqa: F401 - fixtures are found by being here
    chain,
    collection,
    make_work,
    mint,
    own_state_folder,
    owner,
    person,
    work,
    worker_environment,
)
