"""Law 10: a creator takes works, recipes, attestations and proofs along, and checks them with the platform gone.

(How damage shows in an export: tests/verification/test_export.py.)
"""

import subprocess
import sys
import zipfile
from pathlib import Path

from django.core.management import call_command

from generation.models import Work
from tests.verification.conftest import (  # noqa: F401 - fixtures are found by being here
    made,
    make_file,
    own_state_folder,
    record,
    work,
)


def test_an_export_holds_what_is_needed_and_checks_itself(work: Work, tmp_path: Path) -> None:  # noqa: F811
    call_command("export", str(tmp_path / "export.zip"))
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path)
    # Isolated and without site packages: nothing of the platform, or of any library, is in reach.
    check = [sys.executable, "-I", "-S", str(tmp_path / "colophon-export/verify.py")]
    assert subprocess.run(check, check=False, stdout=subprocess.DEVNULL).returncode == 0
