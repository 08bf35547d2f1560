"""Several things that may each wait for a dead peer, asked at the same time."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import TypeVar

Found = TypeVar("Found")
Asks = Callable[[], Found]


def together(asks: Sequence[tuple[Asks[Found], float | None, Callable[[], Found]]]) -> list[Found]:
    """Return what each of (ask, limit in seconds or None, otherwise) found, in order, about as fast as the slowest.

    One that is not done within its limit (a name that is slow to look up cannot be cancelled) gives `otherwise()`; its
    thread is left to end by itself. What an ask raises is raised here.
    """
    futures: list[Future[Found]] = []
    began = time.monotonic()
    for ask, _limit_s, _otherwise in asks:
        future: Future[Found] = Future()
        futures.append(future)
        threading.Thread(target=_run, args=(ask, future), name="check", daemon=True).start()
    return [
        _result(future, None if limit_s is None else began + limit_s, otherwise)
        for future, (_ask, limit_s, otherwise) in zip(futures, asks, strict=True)
    ]


def _run(ask: Asks[Found], future: "Future[Found]") -> None:
    try:
        future.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)


def _result(future: "Future[Found]", until: float | None, otherwise: Callable[[], Found]) -> Found:
    left_s = None if until is None else max(0.0, until - time.monotonic())
    done, _ = wait([future], timeout=left_s)
    return future.result() if done else otherwise()
