"""The database itself refuses to change, remove or empty the log of decisions."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.models import Person
from curation.models import CurationDecision
from curation.services import CURATORS, Decision, review_work
from generation.models import Work


@pytest.fixture
def entry(work: Work, curator: Person) -> CurationDecision:
    """A decision in the log."""
    return review_work(work=work, curator=curator, decision=Decision.REJECT, reason="Too close to a known work.")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE curation_curationdecision SET reason = 'nicer'",
        "DELETE FROM curation_curationdecision",
        "TRUNCATE curation_curationdecision",
        "TRUNCATE generation_work CASCADE",
    ],
)
def test_raw_sql_cannot_touch_the_log(entry: CurationDecision, statement: str) -> None:
    with connection.cursor() as cursor:
        # Constraints that wait for the commit would hide the trigger behind "pending trigger events".
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert CurationDecision.objects.get().reason == "Too close to a known work."


def test_the_orm_cannot_touch_the_log_either(entry: CurationDecision) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CurationDecision.objects.filter(pk=entry.pk).update(reason="nicer")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()
    assert CurationDecision.objects.count() == 1


def test_an_empty_log_may_be_truncated(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE curation_curationdecision")
    assert not CurationDecision.objects.exists()


def test_the_groups_have_the_rights_their_pages_ask_for(db: None) -> None:
    def rights(group: str) -> set[str]:
        permissions = Group.objects.get(name=group).permissions.select_related("content_type")
        return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}

    assert rights(CURATORS) == {
        "generation.view_work",
        "curation.view_curationdecision",
        "curation.add_curationdecision",
    }
    assert {"generation.view_job", "generation.change_job", "minting.view_mint", "minting.change_mint"} <= rights(
        "Operators"
    )
