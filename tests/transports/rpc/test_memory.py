"""The memory of ids: what is carried out is never forgotten, and nobody can push out what others gave."""

import pytest

from actors.messages import Kind, Outcome
from transports.rpc.frames import Form, Frame
from transports.rpc.memory import HOSTS, NAMES, REMEMBERED, Remembered, Reply
from transports.rpc.requests import read_call
from transports.rpc.verbs import LINE

DONE = Outcome("open", "A", Kind.MOVED)


class Asker:
    def __init__(self):
        self.answered = []

    def take(self, answered):
        self.answered.append(answered.reply)
        return True


@pytest.fixture
def memory():
    return Remembered()


def command(number="1", text="Open A", client=("10.0.0.1", "acq")):
    frame = Frame(f"{text}\tid={number}\tby=me", Form.BRACED)
    return Reply(Asker(), read_call(frame, hello=True, services=frozenset({LINE})), Form.BRACED, client, 0.0)


def carried_out(memory, client, number):
    """Give a command, and let it end; return whether it was new."""
    reply = command(number, client=client)
    if memory.answers(reply):
        return False
    reply.outcome = DONE
    memory.keep(reply)
    return True


def test_a_command_is_carried_out_once_per_client_and_id(memory):
    assert carried_out(memory, ("10.0.0.1", "acq"), "1")
    assert not carried_out(memory, ("10.0.0.1", "acq"), "1")
    assert carried_out(memory, ("10.0.0.1", "other"), "1")
    assert carried_out(memory, ("10.0.0.2", "acq"), "1")


def test_what_is_still_carried_out_is_never_forgotten(memory):
    client, slow = ("10.0.0.1", "acq"), command("slow")
    assert not memory.answers(slow)
    for number in range(2 * REMEMBERED):
        carried_out(memory, client, str(number))
    for name in range(2 * NAMES):
        carried_out(memory, ("10.0.0.1", str(name)), "1")
    for host in range(2 * HOSTS):
        carried_out(memory, (str(host), "acq"), "1")
    again = command("slow")
    assert memory.answers(again)
    slow.outcome = DONE
    memory.keep(slow)
    assert again.outcome is DONE


def test_a_stranger_pushes_out_only_what_came_from_its_own_address(memory):
    carried_out(memory, ("10.0.0.1", "acq"), "1")
    for name in range(10 * NAMES):
        carried_out(memory, ("10.0.0.9", str(name)), "1")
    assert not carried_out(memory, ("10.0.0.1", "acq"), "1")


def test_the_last_of_each_are_kept(memory):
    client = ("10.0.0.1", "acq")
    for number in range(REMEMBERED + 10):
        carried_out(memory, client, str(number))
    assert not carried_out(memory, client, str(REMEMBERED + 9))
    assert carried_out(memory, client, "0")


def test_an_id_means_one_command(memory):
    carried_out(memory, ("10.0.0.1", "acq"), "1")
    other = command("1", "Close A")
    assert memory.answers(other)
    assert "was given to 'Open A' before: nothing was begun" in other.outcome.text
