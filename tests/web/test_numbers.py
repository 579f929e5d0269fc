"""Numbers on pages say what they are."""

from decimal import Decimal

import pytest

from colophon.templatetags.colophon_tags import percent, plain_number


@pytest.mark.parametrize(("basis_points", "words"), [(0, "0"), (500, "5"), (750, "7.5"), (1, "0.01"), (1000, "10")])
def test_basis_points_read_as_percent(basis_points: int, words: str) -> None:
    assert percent(basis_points) == words


@pytest.mark.parametrize(("number", "words"), [("10", "10"), ("100.00", "100"), ("0.50", "0.5"), ("0", "0")])
def test_a_number_loses_only_the_zeros_that_say_nothing(number: str, words: str) -> None:
    assert plain_number(Decimal(number)) == words
