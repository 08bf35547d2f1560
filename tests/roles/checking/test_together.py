"""Asking several at once."""

import threading

import pytest

from roles.checking.together import together

LIMIT_S = 10.0


def test_all_are_asked_at_the_same_time_and_answers_keep_their_order():
    all_asked = threading.Barrier(3)

    def ask(name: str) -> str:
        all_asked.wait(LIMIT_S)
        return name

    asks = [(lambda name=name: ask(name), LIMIT_S, lambda: "late") for name in "abc"]
    assert together(asks) == ["a", "b", "c"]


def test_one_that_does_not_end_is_given_up_and_the_others_are_heard():
    end = threading.Event()
    try:
        found = together([(lambda: str(end.wait(LIMIT_S)), 0.0, lambda: "given up"), (lambda: "here", None, str)])
    finally:
        end.set()
    assert found == ["given up", "here"]


def test_what_an_ask_raises_is_raised_and_a_timeout_of_its_own_is_no_late_answer():
    def ask() -> str:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        together([(ask, LIMIT_S, str)])
