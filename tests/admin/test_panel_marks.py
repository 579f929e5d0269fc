"""Near-copies on the desk, pins and time-stamps in the panel."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from generation.models import Pin, Resemblance, TimeStamp, Work


def test_a_near_copy_is_flagged_on_the_desk_and_on_the_works_page(
    curator: Client, make_work: Callable[..., Work]
) -> None:
    earlier, copy = make_work(), make_work()
    Resemblance.objects.create(work=copy, earlier=earlier, kind="near", distance=14)
    link = reverse("admin:generation_work_change", args=[earlier.pk])
    for page in ("admin:curation_desk", "admin:generation_work_changelist"):
        text = curator.get(reverse(page)).content.decode()
        assert "A near-copy of" in text
        assert f'<a href="{link}">' in text
        assert "(14 of 256 bits apart)" in text
    detail = curator.get(reverse("admin:generation_work_change", args=[copy.pk])).content.decode()
    assert "a near-copy of" in detail


def test_of_many_near_copies_the_nearest_two_are_named(curator: Client, make_work: Callable[..., Work]) -> None:
    *earlier, copy = (make_work() for _ in range(5))
    for distance, each in zip((14, 2, 30, 20), earlier, strict=True):
        Resemblance.objects.create(work=copy, earlier=each, kind="near", distance=distance)
    for page in ("admin:curation_desk", "admin:generation_work_changelist"):
        text = curator.get(reverse(page)).content.decode()
        assert [f"({distance} of 256" in text for distance in (2, 14, 20, 30)] == [True, True, False, False]
        assert "and 2 more" in text


def test_near_copies_can_be_filtered(curator: Client, make_work: Callable[..., Work]) -> None:
    earlier, copy = make_work(), make_work()
    Resemblance.objects.create(work=copy, earlier=earlier, kind="near", distance=14)
    page = curator.get(reverse("admin:generation_work_changelist"), {"resemblances__kind__exact": "near"})
    assert list(page.context["cl"].result_list) == [copy]


def test_an_operator_sends_a_refused_file_again(operator: Client, make_work: Callable[..., Work]) -> None:
    pin = Pin.objects.create(file=make_work().file, state="failed", last_error="the node says another CID")
    page = reverse("admin:generation_pin_change", args=[pin.pk])
    assert "the node says another CID" in operator.get(page).content.decode()
    action = reverse("admin:generation_pin_pin_again", args=[pin.pk])
    assert operator.get(action).status_code == 200
    pin.refresh_from_db()
    assert pin.state == "failed", "a link never writes"
    operator.post(action)
    pin.refresh_from_db()
    assert (pin.state, pin.last_error) == ("wanted", "")


def test_the_panel_lists_time_stamps(operator: Client, make_work: Callable[..., Work]) -> None:
    TimeStamp.objects.create(work=make_work(), state="wanted", authority="http://tsa.example/", last_error="503")
    page = operator.get(reverse("admin:generation_timestamp_changelist")).content.decode()
    assert "waiting for the authority" in page
    assert "503" in page
