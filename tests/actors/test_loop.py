"""One thread for many actors: order, timers, sockets, and what may not be done on it."""

import os
import socket
import threading
import time
from typing import ClassVar

import pykka
import pytest

from actors.actuation import Look
from actors.future import Future
from actors.loop import Loop, name_of
from actors.messages import Ping, Reason
from actors.placement import LoopActor
from tests.actors.house import PATIENCE_S, Answers, Heard, request


class Box:
    """A mailbox without an actor."""

    path = "box"
    takes: ClassVar = {}

    def __init__(self):
        self.heard = Heard()

    def run_one(self, envelope):
        self.heard.put(envelope)


@pytest.fixture
def loop():
    made = Loop("node")
    made.start()
    yield made
    made.stop(PATIENCE_S)


def on_loop(loop, function):
    """Return what `function` returned or raised, run on the loop's thread."""
    results, done = [], threading.Event()

    def run():
        try:
            results.append(function())
        except Exception as error:  # noqa: BLE001 - handed back
            results.append(error)
        done.set()

    loop.call(run)
    assert done.wait(PATIENCE_S)
    return results[0]


def test_envelopes_are_run_in_the_order_of_posting(loop):
    box = Box()
    for number in range(1000):
        loop.post(box, number)
    box.heard.wait_for(int, lambda number: number == 999)
    assert box.heard.all() == list(range(999))


def test_posts_of_many_threads_all_arrive_each_threads_in_order(loop):
    box = Box()

    def post(name):
        for number in range(300):
            loop.post(box, (name, number))

    threads = [threading.Thread(target=post, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        box.heard.wait_for(tuple, lambda mark: mark == (0, 0)) if thread is threads[0] else None
    for name in range(4):
        box.heard.wait_for(tuple, lambda mark, name=name: mark == (name, 299))
        numbers = [number for who, number in box.heard.all() if who == name]
        assert numbers == sorted(numbers)


def test_an_idle_loop_wakes_at_once(loop):
    box = Box()
    loop.post(box, "first")
    box.heard.wait_for(str)
    began = time.monotonic()
    loop.post(box, "second")
    box.heard.wait_for(str)
    assert time.monotonic() - began < 0.5, "it sleeps for up to 1 s when nothing wakes it"


def test_timers_fire_in_the_order_of_their_time_not_before_it(house):
    heard = house.recorder("timed")
    began = time.monotonic()
    for delay_s in (0.06, 0.02, 0.04):
        house.context.loop.later(delay_s, house.ref("timed"), delay_s)
    assert [heard.wait_for(float) for _ in range(1)] == [0.02]
    assert time.monotonic() - began >= 0.02
    assert [heard.wait_for(float), heard.wait_for(float)] == [0.04, 0.06]
    assert time.monotonic() - began >= 0.06


def test_timers_of_one_instant_fire_in_the_order_of_their_making(house, monkeypatch):
    heard = house.recorder("timed")
    now = time.monotonic()
    with monkeypatch.context() as frozen:
        frozen.setattr(time, "monotonic", lambda: now)
        for number in range(20):
            house.context.loop.later(0.0, house.ref("timed"), number)
    assert [heard.wait_for(int) for _ in range(20)] == list(range(20))


def test_a_timer_of_an_actor_that_has_died_is_passed_over(house):
    dead = house.recorder("dead")
    living = house.recorder("living")
    ref = house.ref("dead")
    house.stop("dead")
    house.context.loop.later(0.0, ref, "due")
    house.context.loop.later(0.01, house.ref("living"), "due")
    living.wait_for(str)
    assert dead.all() == []


def test_a_callback_that_raises_does_not_end_the_loop(logs, loop):  # noqa: ARG001
    def broken():
        raise ZeroDivisionError

    loop.call(broken)
    assert on_loop(loop, lambda: "still here") == "still here"


def test_a_socket_is_watched_until_it_is_forgotten(loop):
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        heard = Heard()
        on_loop(loop, lambda: loop.watch(near, read=lambda: heard.put(near.recv(10))))
        far.send(b"one")
        assert heard.wait_for(bytes) == b"one"
        on_loop(loop, lambda: loop.watch(near))
        far.send(b"two")
        on_loop(loop, lambda: None)
        assert heard.all() == []


def test_a_socket_that_can_be_written_is_told(loop):
    near, far = socket.socketpair()
    with near, far:
        heard = Heard()

        def writable():
            loop.watch(near)
            heard.put("writable")

        on_loop(loop, lambda: loop.watch(near, write=writable))
        heard.wait_for(str)


def test_sockets_get_their_turn_while_messages_beget_messages(loop):
    near, far = socket.socketpair()
    with near, far:
        heard = Heard()
        far.send(b"x")

        class Busy:
            path = "busy"
            takes: ClassVar = {}
            stop = False

            def run_one(self, _envelope):
                if not self.stop:
                    loop.post(self, None)

        busy = Busy()
        loop.post(busy, None)
        on_loop(loop, lambda: loop.watch(near, read=lambda: heard.put(near.recv(10))))
        heard.wait_for(bytes)
        busy.stop = True


def test_an_actor_on_a_loop_may_not_wait_for_an_answer(house):
    house.recorder("asked")
    ref = house.ref("asked")
    error = on_loop(house.context.loop, lambda: ref.ask(Ping(), timeout=PATIENCE_S))
    assert isinstance(error, RuntimeError)
    assert ref.ask(Ping(), timeout=PATIENCE_S) == "asked"


def test_an_answer_that_is_there_may_be_taken_on_a_loop(loop):
    future = Future()
    future.set(7)
    assert future.get(timeout=1) == 7
    assert on_loop(loop, lambda: future.get(timeout=1)) == 7


def test_the_actor_at_work_is_named_for_the_hang_watch(loop):
    entered, leave = threading.Event(), threading.Event()

    class Slow:
        path = "slow"
        takes: ClassVar = {}

        def run_one(self, _envelope):
            entered.set()
            leave.wait(PATIENCE_S)

    loop.post(Slow(), None)
    assert entered.wait(PATIENCE_S)
    assert name_of(loop.current[0]) == "slow"
    leave.set()
    on_loop(loop, lambda: None)
    on_loop(loop, lambda: None)


def test_inside_is_true_on_its_own_thread_only(loop):
    assert on_loop(loop, loop.inside) is True
    assert loop.inside() is False


def test_a_loop_that_is_stopped_again_writes_into_nobody_elses_file():
    """Its wake-up pipe is closed by then, and the numbers belong to others."""
    loop = Loop("node")
    loop.start()
    loop.stop(PATIENCE_S)
    pipes = [os.pipe() for _ in range(20)]
    try:
        for read, _ in pipes:
            os.set_blocking(read, False)
        loop.stop(PATIENCE_S)
        for read, _ in pipes:
            with pytest.raises(BlockingIOError):
                os.read(read, 1)
    finally:
        for ends in pipes:
            for end in ends:
                os.close(end)


def test_an_ask_to_an_actor_that_has_ended_is_told_so(house):
    house.recorder("gone")
    ref = house.ref("gone")
    house.stop("gone")
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Ping(), timeout=PATIENCE_S)


def test_what_comes_behind_the_end_of_an_actor_is_turned_away(house):
    """It was told before the actor ended, so it is in the queue: its method is not called any more."""

    class Mortal(LoopActor):
        def handlers(self):
            return {str: heard.put, int: self._fall}

        def _fall(self, message):
            raise ValueError(message)

    heard, answers = Heard(), Answers()
    house.start(Mortal, "mortal")
    asked = Look("", "A", request=request(answers))

    def tell():
        for message in ("before", 1, "behind", asked):
            house.context.directory.tell("mortal", message)

    house.loops["node"].call(tell)
    assert answers.wait().reason is Reason.BUSY
    assert heard.all() == ["before"]
