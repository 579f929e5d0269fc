"""Law 8: nothing is claimed that is not so. A signature proves who vouches, not that a model ran."""

import ast
from pathlib import Path

import pytest
from eth_account import Account
from pytest_django import Settings

from minting.models import Collection
from provenance import attestations
from provenance.canonical import canonical_hash
from provenance.credentials import TRAINED_ALGORITHMIC_MEDIA, CredentialsReport
from provenance.keys import load_or_create_key
from verification.credentials_layer import credentials_layer
from verification.evidence import Evidence
from verification.layers import attestation_layer, recipe_layer
from verification.reports import Layer
from verification.token_layers import Search, chain_layer

ROOT = Path(__file__).resolve().parents[2]
RECIPE = {"model": {"model_hash": "0x" + "11" * 32}}


@pytest.fixture
def evidence(tmp_path: Path, settings: Settings) -> Evidence:
    """A file whose note is signed by the platform, and nothing recorded about it."""
    settings.ATTESTER_KEY_FILE = tmp_path / "attester.key"
    key = load_or_create_key(settings.ATTESTER_KEY_FILE)
    attestation = attestations.Attestation(
        pixel_hash=b"\x22" * 32,
        recipe_hash=canonical_hash(RECIPE),
        model_hash=b"\x11" * 32,
        creator=attestations.NO_CREATOR,
        created_at=0,
    )
    document = attestations.document(
        attestation,
        signature=attestations.sign(attestation, private_key=key),
        attester=Account.from_key(key).address,
    )
    note = CredentialsReport(state="trusted", recipe=RECIPE, attestation=document)
    return Evidence(content_hash=b"", picture=None, credentials=note, work=None, same_pixels_only=False)


def test_a_good_signature_is_said_to_show_who_vouches_and_no_more(evidence: Evidence, db: None) -> None:
    layer = attestation_layer(evidence)
    assert layer.state == "holds"
    assert layer.sentence.endswith("A signature proves who vouches, not that a model ran.")


def test_a_good_recipe_is_said_to_need_running_again(evidence: Evidence) -> None:
    layer = recipe_layer(evidence)
    assert layer.state == "holds"
    assert layer.sentence.endswith("Whether that model made these pixels, only running it again can show.")


def test_the_time_in_an_unstamped_manifest_is_said_to_be_unwitnessed() -> None:
    layer = credentials_layer(
        CredentialsReport(state="trusted", signer="us", digital_source_type=TRAINED_ALGORITHMIC_MEDIA)
    )
    assert layer.sentence.endswith("There is no independent time-stamp on that signature.")


def _judged(state: str, source: str | None = TRAINED_ALGORITHMIC_MEDIA) -> Layer:
    return credentials_layer(CredentialsReport(state=state, digital_source_type=source))


def test_credentials_hold_only_when_whole_trusted_and_marked() -> None:
    states = ("none", "invalid", "valid", "trusted")
    assert [state for state in states if _judged(state).state == "holds"] == ["trusted"]
    assert _judged("trusted", "http://cv.iptc.org/newscodes/digitalsourcetype/bogus").state == "does_not_hold"
    assert _judged("trusted", None).state == "does_not_hold"


def test_a_silent_chain_is_not_taken_for_an_answer() -> None:
    silent = Search(token=None, asked=(), unanswered=(Collection(name="First light"),))
    assert chain_layer(silent).state == "cannot_be_told"


def test_no_sentence_of_verification_uses_a_word_that_claims_too_much() -> None:
    too_much = ("authentic", "genuine", "verified", "proven", "guarantee", "certified", "original")
    for path in sorted((ROOT / "platform/verification").glob("*.py")):
        for sentence in _texts(path):
            assert not any(word in sentence.lower() for word in too_much), f"{path.name}: {sentence}"


def _texts(path: Path) -> list[str]:
    """The string constants of a module that are no docstrings and have words in them."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [node.value for node in constants if isinstance(node.value, str) and " " in node.value]
