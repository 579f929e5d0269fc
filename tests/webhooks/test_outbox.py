"""The outbox: events are written where they become true, or not at all."""

from uuid import uuid4

import pytest
from django.db import transaction

from accounts.models import Person
from webhooks.models import OutboxEvent
from webhooks.services import record_event


@pytest.fixture
def person(transactional_db: None) -> Person:
    return Person.objects.create_user(username="ada", password="teal sun over waves")


def test_an_event_outside_a_transaction_is_refused(person: Person) -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        record_event(event_type="mint.final", subject=uuid4(), person=person, data={})
    assert not OutboxEvent.objects.exists()


def test_an_event_goes_with_its_transaction(person: Person) -> None:
    def fail_after_recording() -> None:
        with transaction.atomic():
            record_event(event_type="mint.final", subject=uuid4(), person=person, data={})
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail_after_recording()
    assert not OutboxEvent.objects.exists()


def test_events_keep_their_order_their_person_and_their_facts(person: Person) -> None:
    subject = uuid4()
    with transaction.atomic():
        for status in ("mined", "final"):
            record_event(event_type=f"mint.{status}", subject=subject, person=person, data={"status": status})
    told = [(event.type, event.subject, event.person, event.data) for event in OutboxEvent.objects.all()]
    assert told == [
        ("mint.mined", subject, person, {"status": "mined"}),
        ("mint.final", subject, person, {"status": "final"}),
    ]
