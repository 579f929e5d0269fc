"""`manage.py reproduce` and `manage.py audit`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from generation.models import Rerun, RerunRecord, Trajectory, Work
from tests.generation.reruns.asking import nonce_for, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_audit_command_signs_what_it_found(work: Work) -> None:
    said = StringIO()
    call_command("audit", str(work.pk), stdout=said, nonce=nonce_for(work, 2).hex())
    assert "transition       2" in said.getvalue()
    assert "bit-exact, signed by 0x" in said.getvalue()
    record = RerunRecord.objects.get()
    assert (record.rerun.job, record.rerun.asked_by) == (None, None)


def test_the_audit_command_ends_with_1_when_it_differs(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(recipe={**work.recipe, "seed": "9"})
    with pytest.raises(SystemExit) as ended:
        call_command("audit", str(work.pk), stdout=StringIO(), nonce=nonce_for(work, 0).hex())
    assert ended.value.code == 1
    assert RerunRecord.objects.get().result == "differs"


def test_the_audit_command_says_why_it_cannot(work: Work) -> None:
    Trajectory.objects.update(path="")
    with pytest.raises(CommandError, match="not kept any more"):
        call_command("audit", str(work.pk))
    assert not Rerun.objects.exists()


def test_the_reproduce_command_records_and_asks(work: Work) -> None:
    said = StringIO()
    call_command("reproduce", str(work.pk), record=True, stdout=said)
    assert "bit-exact, signed by 0x" in said.getvalue()
    call_command("reproduce", str(work.pk), ask="alice", stdout=said)
    assert run() == 1
    assert RerunRecord.objects.count() == 2
    with pytest.raises(CommandError, match="nobody called bob"):
        call_command("reproduce", str(work.pk), ask="bob")
