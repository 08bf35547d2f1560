"""The revocable handle: what is guaranteed to a supervisor that takes it away from a hanging actor."""

import threading

import pytest

from hardware.errors import LinkDown, NotSent
from hardware.links.handle import LinkHandle
from hardware.links.tcp_link import TcpLink
from hardware.simulation import serve_tcp
from tests.hardware.fakes import Caller, FakeLink, Listener

ADDRESS = "tcp://127.0.0.1:1"


def handle_on(link, timeout_s=30.0):
    handle = LinkHandle(ADDRESS, timeout_s, link_to=lambda _: link)
    handle.open()
    return handle


def write(handle, data):
    with handle.call():
        handle.write(data)


def receive(handle, timeout_s):
    with handle.call():
        handle.receive(timeout_s)


def test_a_link_is_opened_once_and_again_after_it_was_dropped():
    links = [FakeLink(), FakeLink()]
    handle = LinkHandle(ADDRESS, 1.0, link_to=lambda _: links[handle.opened])
    assert (handle.open(), handle.open(), handle.opened) == (True, False, 1)
    handle.drop()
    assert (handle.open(), handle.opened) == (True, 2)
    assert links[0].closed_by


def test_revoking_an_idle_handle_closes_the_link_at_once():
    link = FakeLink()
    handle = handle_on(link)
    handle.revoke("the node stops")
    assert link.closed_by
    with pytest.raises(NotSent, match="the node stops"):
        handle.open()


def test_revoking_under_a_hanging_read_cancels_it_and_leaves_closing_to_its_thread():
    link = FakeLink()
    handle = handle_on(link)
    caller = Caller(lambda: receive(handle, 30.0))
    assert link.waiting.wait(5)
    handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    assert link.closed_by == [caller]
    assert handle.wait_idle(0)


def test_a_call_that_does_not_come_back_keeps_its_link_open_and_the_handle_busy():
    link = FakeLink()
    handle = handle_on(link)
    inside, leave = threading.Event(), threading.Event()

    def hang():
        with handle.call():
            inside.set()
            leave.wait(10)

    caller = Caller(hang)
    assert inside.wait(5)
    handle.revoke("it hung")
    assert not handle.wait_idle(0)
    assert not link.closed_by
    leave.set()
    assert handle.wait_idle(5)
    caller.end()
    assert link.closed_by == [caller]


def test_after_revoke_nothing_is_written_even_by_a_call_that_was_under_way():
    link = FakeLink()
    handle = handle_on(link)
    with handle.call():
        Caller(lambda: handle.revoke("fenced")).end()
        with pytest.raises(NotSent, match="fenced"):
            handle.write(b"Open")
    assert link.sent == b""


def test_a_write_cut_short_by_revoke_is_no_clean_refusal():
    link = FakeLink(capacity=3)
    handle = handle_on(link)
    caller = Caller(lambda: write(handle, b"ROUT:CLOS"))
    assert link.waiting.wait(5)
    handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    assert link.sent == b"ROU"


def test_a_write_that_revoke_found_before_its_first_byte_was_not_sent():
    link = FakeLink(capacity=0)
    handle = handle_on(link)
    caller = Caller(lambda: write(handle, b"ROUT:CLOS"))
    assert link.waiting.wait(5)
    handle.revoke("it hung")
    assert isinstance(caller.end(), NotSent)


def test_a_device_that_takes_no_bytes_is_given_up():
    with pytest.raises(NotSent, match="took 0 of 4 bytes"):
        write(handle_on(FakeLink(capacity=0), timeout_s=0.01), b"Open")
    with pytest.raises(LinkDown, match="took 1 of 4 bytes"):
        write(handle_on(FakeLink(capacity=1), timeout_s=0.01), b"Open")


def test_a_link_found_broken_before_the_first_byte_means_not_sent():
    link = FakeLink()
    handle = handle_on(link)
    link.broken = True
    with pytest.raises(NotSent):
        write(handle, b"Open")


def test_a_link_that_breaks_between_two_bytes_leaves_the_outcome_unknown():
    class BreaksHalfWay(FakeLink):
        def wait_writable(self, _timeout_s):
            self.broken = True

    with pytest.raises(LinkDown):
        write(handle_on(BreaksHalfWay(capacity=3)), b"Open")


def test_a_check_that_raises_prevents_the_write():
    link = FakeLink()

    def too_late():
        raise TimeoutError

    handle = handle_on(link)
    with handle.call(), pytest.raises(TimeoutError):
        handle.write(b"Open", too_late)
    assert link.sent == b""


def test_the_first_reason_for_revoking_stays():
    handle = handle_on(FakeLink())
    handle.revoke("first")
    handle.revoke("second")
    assert handle.revoked == "first"


def test_opening_is_cancelled_by_revoke():
    class NeverOpens(FakeLink):
        def open(self, timeout_s):
            self.waiting.set()
            self.cancelled.wait(timeout_s)
            raise NotSent("no answer")

    link = NeverOpens()
    handle = LinkHandle(ADDRESS, 30.0, link_to=lambda _: link)

    def use():
        with handle.call():
            handle.open()

    caller = Caller(use)
    assert link.waiting.wait(5)
    handle.revoke("it hung")
    raised = caller.end()
    assert isinstance(raised, NotSent)
    assert "it hung" in str(raised)
    assert link.closed_by == [caller]


def test_a_writer_stuck_on_a_real_socket_is_freed():
    class Watched(TcpLink):
        waiting = threading.Event()

        def wait_writable(self, timeout_s):
            self.waiting.set()
            super().wait_writable(timeout_s)

    reading, go_on = threading.Event(), threading.Event()

    class NeverReadsOn(Listener):
        def feed(self, _data):
            reading.set()
            go_on.wait(10)  # the far end is stuck, so the socket's buffers fill
            return b""

    served = serve_tcp(NeverReadsOn())
    handle = LinkHandle(served.address, 30.0, link_to=Watched)
    handle.open()
    caller = Caller(lambda: write(handle, bytes(50_000_000)))
    assert Watched.waiting.wait(5)
    assert reading.wait(5)
    handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    go_on.set()
    served.close()
