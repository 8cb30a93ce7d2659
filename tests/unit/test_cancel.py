from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from voicemate.cancel import CancelToken
from voicemate.errors import TurnCancelled


def test_a_token_is_set_once_and_for_ever() -> None:
    token = CancelToken()
    assert not token.cancelled
    token.raise_if_cancelled()
    token.cancel()
    token.cancel()
    assert token.cancelled
    with pytest.raises(TurnCancelled):
        token.raise_if_cancelled()


def test_no_handler_of_ordinary_errors_swallows_a_cancelled_turn() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(TurnCancelled), suppress(Exception):  # what a careless engine might do
        token.raise_if_cancelled()


def test_callbacks_run_once_in_order_on_the_thread_that_cancels() -> None:
    token, ran = CancelToken(), []
    token.on_cancel(lambda: ran.append(("first", threading.get_ident())))
    token.on_cancel(lambda: ran.append(("second", threading.get_ident())))
    assert ran == []
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    token.cancel()
    assert [name for name, _ in ran] == ["first", "second"]
    assert {ident for _, ident in ran} == {thread.ident}


def test_a_callback_that_comes_too_late_runs_at_once() -> None:
    token, ran = CancelToken(), []
    token.cancel()
    token.on_cancel(lambda: ran.append("late"))
    assert ran == ["late"]


def test_a_callback_may_use_the_token() -> None:
    token, seen = CancelToken(), []
    token.on_cancel(lambda: seen.append(token.cancelled))
    token.on_cancel(lambda: token.on_cancel(lambda: seen.append("nested")))
    token.cancel()
    assert seen == [True, "nested"]


def test_waiting_ends_when_another_thread_cancels() -> None:
    token = CancelToken()
    assert token.wait(0) is False
    thread = threading.Thread(target=token.cancel)
    thread.start()
    assert token.wait(20) is True
    thread.join()


def test_callbacks_run_exactly_once_however_the_threads_meet() -> None:
    for _ in range(300):
        token, ran, line = CancelToken(), [], threading.Barrier(3)

        def register(token: CancelToken = token, ran: list[int] = ran) -> None:
            line.wait()  # noqa: B023  (joined before the next round)
            token.on_cancel(lambda: ran.append(1))

        def cancel(token: CancelToken = token) -> None:
            line.wait()  # noqa: B023
            token.cancel()

        threads = [threading.Thread(target=target) for target in (register, cancel, cancel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ran == [1]
