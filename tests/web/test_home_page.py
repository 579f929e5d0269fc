"""The wall and the prompt line."""

import pytest
from django.test import Client

from accounts.models import Person
from generation.gallery import PAGE_SIZE
from generation.models import Job, Work
from tests.web import samples


def test_a_bare_wall_invites_to_make_the_first_picture(client: Client, db: None) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "The walls are still bare" in page.content.decode()


def test_a_work_hangs_with_its_shape_its_words_and_its_maker(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    page = client.get("/").content.decode()
    assert f'href="/works/{work.pk}/"' in page
    assert "--ratio: 1.2500" in page
    assert "A teal sun over navy waves" in page
    assert f'src="/media/{work.preview_path}"' in page


@pytest.mark.parametrize("state", ["hidden", "rejected"])
def test_what_the_curators_took_down_does_not_hang(client: Client, ada: Person, state: str) -> None:
    work = samples.a_work(ada, review_state=state)
    assert str(work.pk) not in client.get("/").content.decode()


def test_private_words_are_not_shown_to_others(client: Client, ada: Person) -> None:
    samples.a_work(ada, private_prompt=True, number=5)
    page = client.get("/").content.decode()
    assert "Basalt" not in page
    assert "Untitled, prompt kept private" in page


def test_older_works_are_one_link_away(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    kept = {field.attname: getattr(work, field.attname) for field in Work._meta.fields if field.attname != "id"}
    changed = [{"index": n, "content_hash": n.to_bytes(32, "big")} for n in range(1, PAGE_SIZE + 5)]
    copies = [Work(**{**kept, **fields}) for fields in changed]
    Work.objects.bulk_create(copies)
    first = client.get("/")
    last_shown = first.context["works"][-1]
    assert len(first.context["works"]) == PAGE_SIZE
    assert f"?older_than={last_shown.pk}#wall" in first.content.decode()
    second = client.get("/", {"older_than": str(last_shown.pk)})
    assert len(second.context["works"]) == 5
    assert not {shown.pk for shown in first.context["works"]} & {shown.pk for shown in second.context["works"]}


def test_the_wall_asks_the_database_the_same_however_many_works_hang(
    client: Client, ada: Person, django_assert_max_num_queries: object
) -> None:
    for number in range(4):
        samples.a_work(ada, number=number)
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # pytest-django's fixture is untyped
        client.get("/")


def test_who_is_not_signed_in_keeps_the_prompt_through_signing_in(client: Client, ada: Person) -> None:
    samples.a_model()
    asked = client.post("/jobs/", {"prompt": "a lighthouse in fog", "count": "2"})
    assert asked["Location"] == "/sign-in/?next=%2Fstudio%2F"
    assert "a lighthouse in fog" in client.get("/sign-in/").content.decode()
    client.post("/sign-in/", {"username": "ada", "password": "paper and ink", "next": "/studio/"})
    assert ">\na lighthouse in fog</textarea>" in client.get("/studio/").content.decode()
    assert not Job.objects.exists()


def test_a_prompt_becomes_a_job(as_ada: Client, ada: Person) -> None:
    samples.a_model()
    asked = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog", "count": "2", "seed": "7"})
    job = Job.objects.get()
    assert asked["Location"] == f"/studio/?after={job.pk}"
    assert (job.person, job.prompt, job.count, job.seed) == (ada, "a lighthouse in fog", 2, 7)


def test_an_empty_prompt_is_refused_in_place(as_ada: Client) -> None:
    samples.a_model()
    answer = as_ada.post("/jobs/", {"prompt": "   "})
    assert answer.status_code == 422
    assert "Describe the picture first" in answer.content.decode()
    assert not Job.objects.exists()


def test_what_the_service_refuses_stands_beside_its_field(as_ada: Client) -> None:
    samples.a_model()
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse", "width": "3"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["width"]
    assert "a lighthouse</textarea>" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_work_can_be_made_again_with_its_own_choices(client: Client, ada: Person) -> None:
    work = samples.a_work(ada, number=5)
    page = client.get("/", {"again": str(work.pk)}).content.decode()
    assert "Basalt</textarea>" in page
    assert 'name="seed" value="4216"' in page


def test_making_a_private_work_again_does_not_give_its_words_away(client: Client, ada: Person) -> None:
    work = samples.a_work(ada, number=5, private_prompt=True)
    assert "Basalt" not in client.get("/", {"again": str(work.pk)}).content.decode()


def test_the_wall_can_show_one_collection(client: Client, ada: Person) -> None:
    minted, other = samples.a_work(ada), samples.a_work(ada, number=1)
    samples.a_mint(minted)
    shown = client.get("/", {"collection": "first-light"}).context["works"]
    assert [work.pk for work in shown] == [minted.pk]
    assert other.pk in [work.pk for work in client.get("/").context["works"]]


def test_pages_allow_no_scripts_but_their_own_files(client: Client, db: None) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert "unsafe-eval" not in policy


def test_the_prompt_line_takes_as_many_characters_as_a_job_does(as_ada: Client) -> None:
    samples.a_model()
    assert as_ada.post("/jobs/", {"prompt": "x" * 1001}).status_code == 422
    assert as_ada.post("/jobs/", {"prompt": "x" * 1000}).status_code == 302
