"""Which changes still stand after a text came back."""

import pytest

from monitor.notice.standing import standing


@pytest.mark.parametrize(
    ("texts", "stand"),
    [
        ("abc", {1, 2, 3}),
        ("aba", {1, 3}),  # b was announced and withdrawn
        ("abcb", {1, 2, 4}),  # c alone was withdrawn
        ("abca", {1, 4}),
        ("abab", {1, 3, 4}),  # b again, after all
        ("aa", {1, 2}),
        ("", set()),
    ],
)
def test_a_text_that_comes_back_takes_back_what_came_after_it(texts: str, stand: set[int]) -> None:
    """Letters are texts, in the order of their versions."""
    assert standing(enumerate(texts, start=1)) == stand
