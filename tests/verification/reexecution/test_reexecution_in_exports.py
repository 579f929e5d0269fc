"""The export's own verifier checks records as the platform does, without any package."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from generation.models import Work
from provenance import statements
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.reruns import AUDIT, REEXECUTION
from provenance.trajectories import TRAJECTORY
from tests.verification.conftest import MakeFile, MakeWork
from tests.verification.reexecution.records import CLASS, LEAVES, Record, digest_of
from verification.bundle import verify

HASHES = st.binary(min_size=32, max_size=32).map(to_hex)
VALUES = {
    "bytes32": HASHES,
    "uint32": st.integers(0, 2**32 - 1).map(str),
    "uint64": st.integers(0, 2**64 - 1).map(str),
    "bool": st.booleans(),
    "string": st.text(max_size=20),
}


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[], Path]:
    def export() -> Path:
        call_command("export", str(tmp_path / "export.zip"))
        with zipfile.ZipFile(tmp_path / "export.zip") as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked/colophon-export"

    return export


def checked(folder: Path) -> tuple[int, str]:
    line = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_records_are_exported_and_checked_without_any_package(
    work: Work, reproduced: Record, audited: Record, exported: Callable[[], Path]
) -> None:
    reproduced()
    audited()
    status, text = checked(exported())
    assert status == 0, text
    lines = [" ".join(line.split()[:2]) for line in text.splitlines() if line.startswith("  holds")]
    assert lines[6:] == ["holds trajectory", *["holds re-run"] * 4, "holds audit"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("rerun-1.json", '"pdqDistance": "0"', '"pdqDistance": "1"', "FAILS    re-run"),
        ("rerun-1.json", '"slots": 1', '"slots": 2', "FAILS    re-run"),
        ("rerun-2.json", to_hex(LEAVES[1]), to_hex(LEAVES[3]), "FAILS    audit"),
        ("trajectory.json", '"leaves": "4"', '"leaves": "5"', "FAILS    trajectory"),
    ],
)
def test_a_changed_record_fails_in_an_export(
    work: Work, reproduced: Record, audited: Record, exported: Callable[[], Path],
    name: str, old: str, new: str, said: str,
) -> None:  # fmt: skip
    reproduced()
    audited()
    folder = exported()
    (path,) = folder.glob(f"works/*/{name}")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    status, text = checked(folder)
    assert status == 1
    assert said in text


def test_a_record_of_another_work_fails_in_an_export(
    work: Work, reproduced: Record, make_file: MakeFile, record: MakeWork, exported: Callable[[], Path]
) -> None:
    reproduced(attestation=digest_of(record(make_file(seed=8))))
    status, text = checked(exported())
    assert status == 1
    assert "it is about another attestation" in text


@examples(max_examples=10, deadline=None)
@given(st.sampled_from([TRAJECTORY, REEXECUTION, AUDIT]), st.data())
def test_the_verifiers_own_types_agree_with_the_platforms(kind: statements.Kind, data: st.DataObject) -> None:
    message = {name: data.draw(VALUES[solidity]) for name, solidity in kind.fields}
    document = statements.signed_document(kind, message, private_key=b"\x42" * 32)
    signature = bytes.fromhex(document["signature"][2:])
    assert verify.recover(verify.statement_digest(kind.name, message), signature) == document["attester"].lower()


def test_the_class_of_a_record_is_hashed_alike_on_both_sides() -> None:
    canonical = json.dumps(CLASS, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).digest() == canonical_hash(CLASS)
