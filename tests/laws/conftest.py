"""The stage of minting, for these tests."""

from tests.minting.stage import (  # noqa: F401 - fixtures are found by being here
    chain,
    collection,
    make_work,
    own_state_folder,
    owner,
    person,
    work,
    worker_environment,
)
