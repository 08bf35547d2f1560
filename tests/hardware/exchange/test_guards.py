"""What a guard lets through, and what becomes of what it prevents."""

import pytest

from hardware.errors import LinkDown, NotSent
from tests.hardware.exchange.bench import Bench, HangsUp, Prevented, prevent


def test_a_guard_prevents_an_act_even_after_a_greeting():
    bench = Bench()
    greeted = []
    bench.exchange.on_open = lambda: greeted.append(True)

    def check():
        if greeted:
            raise Prevented

    with pytest.raises(Prevented), bench.exchange.guarded(check):
        bench.exchange.send(b"Open\n")
    assert bench.links[0].sent == b""


def test_a_guard_does_not_prevent_finding_out_what_the_act_did():
    bench = Bench()
    checks = []

    def once():
        checks.append(True)
        if len(checks) > 1:
            raise Prevented

    with bench.exchange.guarded(once), bench.exchange.transaction():
        bench.exchange.send(b"Open\n")
        bench.after_writing(b"+0\r\n")
        assert bench.exchange.ask(b"?\n") == b"+0"
        with pytest.raises(Prevented):
            bench.exchange.send(b"Close\n")


def test_a_guard_ends_with_its_block():
    bench = Bench()
    with pytest.raises(Prevented), bench.exchange.guarded(prevent):
        bench.exchange.send(b"Open\n")
    bench.exchange.send(b"Close\n")
    assert bench.links[0].sent == b"Close\n"


def test_what_a_guard_prevented_keeps_the_link():
    bench = Bench()
    with pytest.raises(Prevented), bench.exchange.guarded(prevent):
        bench.exchange.send(b"Open\n")
    assert not bench.links[0].closed_by


def test_a_revoked_handle_refuses_every_exchange():
    bench = Bench()
    bench.exchange.send(b"Open\n")
    bench.handle.revoke("fenced")
    for use in (bench.exchange.send, bench.exchange.ask):
        with pytest.raises(NotSent, match=r"^relay-1: not used any more: fenced$"):
            use(b"Close\n")
    assert bench.links[0].sent == b"Open\n"


def test_a_reply_may_end_where_the_device_hangs_up():
    bench = Bench(HangsUp(b"OK"), HangsUp(b""), HangsUp(b"OK"))
    assert bench.exchange.ask(b"?\n", may_hang_up=True) == b"OK"
    bench.handle.drop()
    with pytest.raises(LinkDown):  # it hung up without a word
        bench.exchange.ask(b"?\n", may_hang_up=True)
    with pytest.raises(LinkDown):
        bench.exchange.ask(b"?\n")
