"""Boards and favourites over the API, and the search over prompts."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from generation.models import Job, Work
from generation.studio.boards import create_board
from generation.studio.models import Board, Favourite
from generation.studio.search import search_prompts, tsquery

BOARDS, WORKS, JSON = "/api/v1/boards", "/api/v1/works", "application/json"


def prompts_found(client: Client, **query: str) -> list[str]:
    return [work["prompt"] for work in client.get(WORKS, query).json()["results"]]


def test_a_board_is_private_until_it_is_made_public(client: Client, program: Client) -> None:
    made = program.post(BOARDS, {"name": "  Suns  "}, content_type=JSON)
    board = made.json()
    assert (made.status_code, made["Location"]) == (201, board["urls"]["get"])
    assert (board["name"], board["is_public"], board["works_count"]) == ("Suns", False, 0)
    address = f"{BOARDS}/{board['id']}"
    assert client.get(address).json()["code"] == "board_not_found"
    changed = program.patch(address, {"is_public": True}, content_type=JSON).json()
    assert (changed["name"], changed["is_public"]) == ("Suns", True)
    assert client.get(address).json()["urls"]["web"] == f"http://testserver/boards/{board['id']}/"


def test_one_board_of_a_name_whatever_its_case(program: Client) -> None:
    program.post(BOARDS, {"name": "Suns"}, content_type=JSON)
    again = program.post(BOARDS, {"name": "SUNS"}, content_type=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert Board.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\u202eb"])
def test_a_name_that_is_none_is_refused(program: Client, name: str) -> None:
    answer = program.post(BOARDS, {"name": name}, content_type=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "name"
    assert not Board.objects.exists()


def test_works_are_put_onto_a_board_and_taken_off(program: Client, job: Job, add_work: Callable[..., Work]) -> None:
    works = [str(add_work(job).pk) for _ in range(2)]
    address = f"{BOARDS}/{program.post(BOARDS, {'name': 'Suns'}, content_type=JSON).json()['id']}"
    for _ in range(2):
        assert program.post(f"{address}/works", {"works": works}, content_type=JSON).json()["works_count"] == 2
    listed = program.get(f"{address}/works").json()["results"]
    assert [work["id"] for work in listed] == works[::-1]
    assert program.get(WORKS, {"board": address.rsplit("/", 1)[1]}).json()["results"] == listed
    for _ in range(2):
        assert program.delete(f"{address}/works/{works[0]}").status_code == 204
    assert program.get(address).json()["works_count"] == 1
    assert program.delete(address).status_code == 204
    assert Work.objects.count() == 2


def test_what_one_cannot_see_goes_onto_no_board_and_takes_nothing_with_it(
    program: Client, bob: Person, client_with: Callable[..., Client], job: Job, add_work: Callable[..., Work]
) -> None:
    seen, hidden = add_work(job), add_work(job, review_state="hidden")
    board = create_board(person=bob, name="Suns")
    wish = {"works": [str(seen.pk), str(hidden.pk)]}
    answer = client_with(bob).post(f"{BOARDS}/{board.pk}/works", wish, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "work_not_found")
    assert board.places.count() == 0


def test_a_work_that_was_hidden_later_leaves_a_public_board_for_others(
    client: Client, ada: Person, program: Client, job: Job, add_work: Callable[..., Work]
) -> None:
    work = add_work(job)
    board = create_board(person=ada, name="Suns", is_public=True)
    program.post(f"{BOARDS}/{board.pk}/works", {"works": [str(work.pk)]}, content_type=JSON)
    Work.objects.update(review_state="hidden")
    assert client.get(f"{BOARDS}/{board.pk}/works").json()["results"] == []
    assert len(program.get(f"{BOARDS}/{board.pk}/works").json()["results"]) == 1


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_only_its_owner_changes_a_board(
    ada: Person, bob: Person, client_with: Callable[..., Client], method: str
) -> None:
    board = create_board(person=ada, name="Suns", is_public=True)
    answer = getattr(client_with(bob), method)(f"{BOARDS}/{board.pk}", {"name": "Mine"}, content_type=JSON)
    assert answer.status_code == 404
    board.refresh_from_db()
    assert board.name == "Suns"


def test_writing_needs_the_scope_generate(ada: Person, client_with: Callable[..., Client]) -> None:
    reader = client_with(ada, "read")
    assert reader.get(BOARDS).status_code == 200
    assert reader.post(BOARDS, {"name": "Suns"}, content_type=JSON).json()["code"] == "missing_scope"
    assert reader.put(f"{WORKS}/{uuid4()}/favourite").json()["code"] == "missing_scope"


def test_favourites_are_marked_listed_and_unmarked(
    client: Client, program: Client, job: Job, add_work: Callable[..., Work]
) -> None:
    work, _ = add_work(job), add_work(job)
    for _ in range(2):
        assert program.put(f"{WORKS}/{work.pk}/favourite").status_code == 204
    assert [found["id"] for found in program.get(WORKS, {"scope": "favourites"}).json()["results"]] == [str(work.pk)]
    assert client.get(WORKS, {"scope": "favourites"}).status_code == 401
    program.delete(f"{WORKS}/{work.pk}/favourite")
    assert not Favourite.objects.exists()


def test_a_work_one_cannot_see_is_no_favourite(
    bob: Person, client_with: Callable[..., Client], job: Job, add_work: Callable[..., Work]
) -> None:
    work = add_work(job, review_state="rejected")
    assert client_with(bob).put(f"{WORKS}/{work.pk}/favourite").json()["code"] == "work_not_found"
    assert not Favourite.objects.exists()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("sun", True), ("SUN waves", True), ("wav", True), ("sun -moon", True), ("o'clock", False), ("moon", False),
        ("sun -teal", False), ("", True), ("!&|:*", True), ("' or 1=1", False), ("sun\\", True),
    ],
)  # fmt: skip
def test_prompts_are_found_by_the_beginnings_of_their_words(
    client: Client, job: Job, add_work: Callable[..., Work], q: str, found: object
) -> None:
    add_work(job, prompt="A teal sun over navy waves")
    assert bool(prompts_found(client, q=q)) is found


def test_words_of_any_writing_are_found(client: Client, job: Job, add_work: Callable[..., Work]) -> None:
    add_work(job, prompt="שמש מעל הים")
    assert prompts_found(client, q="מעל") == ["שמש מעל הים"]


def test_a_private_prompt_is_searched_by_its_maker_only(
    client: Client, program: Client, bob: Person, client_with: Callable[..., Client], job: Job,
    add_work: Callable[..., Work],
) -> None:  # fmt: skip
    add_work(job, private_prompt=True)
    assert prompts_found(program, q="teal", scope="mine") == [job.prompt]
    for stranger in (client, client_with(bob)):
        assert prompts_found(stranger, q="teal") == []
        assert prompts_found(stranger, q="-moon") == []
        assert prompts_found(stranger) == [None]


def test_a_question_that_is_too_long_is_refused(client: Client, db: None) -> None:
    assert client.get(WORKS, {"q": "x" * 201}).json()["errors"][0]["field"] == "q"
    assert client.get(WORKS, {"board": "suns"}).json()["errors"][0]["field"] == "board"


def test_pages_of_a_search_go_on_with_it(program: Client, job: Job, add_work: Callable[..., Work]) -> None:
    for _ in range(2):
        add_work(job)
    first = program.get(WORKS, {"q": "teal", "limit": "1"}).json()
    assert "q=teal" in first["next"]
    assert len(program.get(first["next"].removeprefix("http://testserver")).json()["results"]) == 1


def test_the_search_is_served_by_its_index(job: Job, add_work: Callable[..., Work]) -> None:
    add_work(job)
    assert tsquery("navy -moon") == "'navy':* & !'moon':*"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = search_prompts(Work.objects.order_by(), text="navy", viewer=None).explain()
    assert "work_prompt_words" in plan
