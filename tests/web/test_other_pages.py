"""The docs for the API, and the pages for what goes wrong."""

import subprocess

import pytest
from django.test import Client


def test_the_commands_name_this_very_site(client: Client, db: None) -> None:
    page = client.get("/developers/").content.decode()
    assert page.count("http://testserver/api/v1/jobs") >= 2
    assert "&quot;prompt&quot;: &quot;a teal sun over navy waves&quot;" in page


def test_the_python_program_is_a_program(client: Client, db: None) -> None:
    program = str(client.get("/developers/").context["python"])
    compile(program, "first.py", "exec")
    assert "{{" not in program


def test_the_curl_command_is_one_command(client: Client, db: None) -> None:
    command = str(client.get("/developers/").context["curl"])
    assert subprocess.run(["bash", "-n", "-c", command], check=True).returncode == 0


def test_an_address_that_leads_nowhere_gets_a_page_of_the_site(client: Client, db: None) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert 'class="wordmark"' in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_plain_words(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/jobs/", {"prompt": "a lighthouse"})
    assert answer.status_code == 403
    assert "This form has grown old" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/?model=%00", "/?collection=%00", "/ipfs/%00", "/tokens/31337/%00/1/", "/media/previews/%00", "/%00"]
)
def test_an_address_with_a_nul_is_refused_in_plain_words(client: Client, db: None, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()


NO_ID = "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/jobs/", "/"),
        (f"/jobs/{NO_ID}/cancel/", f"/jobs/{NO_ID}/"),
        (f"/jobs/{NO_ID}/retry/", f"/jobs/{NO_ID}/"),
        (f"/works/{NO_ID}/mint/", f"/works/{NO_ID}/"),
        (f"/mints/{NO_ID}/retry/", f"/mints/{NO_ID}/"),
        ("/account/keys/", "/account/"),
        (f"/account/keys/{NO_ID}/revoke/", "/account/"),
    ],
)
def test_who_comes_to_a_forms_address_is_led_to_its_page(client: Client, db: None, address: str, page: str) -> None:
    assert client.get(address)["Location"] == page
