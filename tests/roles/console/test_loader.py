"""The console's `loader`: what it tells the node that has it, and how it is shown."""

import pytest

from actors.errors import Refused
from actors.messages import Kind, Outcome, Query, Reason
from actors.placement import LoopActor
from roles.console.loader import Loader
from roles.console.results import Misused


class LoaderNode(LoopActor):
    """Answers as it is told to: word -> text, or None: it is refused."""

    def __init__(self, context, path):
        super().__init__(context, path)
        self.answers = {"GetDump": "dump: lowering", "InUpPosition": "False", "InDownPosition": "OK"}
        self.answers |= {"IsEnergized": "False", "DumpComplete": "False"}
        self.heard = []

    def handlers(self):
        return {Query: self.query}

    def query(self, message):
        self.heard.append((message.what, *message.args))
        text = self.answers.get(message.what, "OK")
        if text is None:
            outcome = Outcome(message.what, "loader", Kind.REFUSED, reason=Reason.INTERLOCKED, text="G is open")
        else:
            outcome = Outcome(message.what, "loader", Kind.DONE, text=text)
        message.request.reply_to.answer(outcome)


@pytest.fixture
def node(bench):
    bench.start("node.Oven", LoaderNode)
    return bench.actor("node.Oven")


@pytest.fixture
def loader(bench, node):  # noqa: ARG001 - it has to be there
    return Loader(bench.operator, "node.Oven")


@pytest.mark.parametrize(
    ("say", "heard", "shown"),
    [
        (lambda loader: loader.dump(), ("DumpSample",), "dump begun"),
        (lambda loader: loader.stop(), ("StopDump",), "it ends"),
        (lambda loader: loader.funnel_down(), ("LowerFunnel",), "the funnel goes down"),
        (lambda loader: loader.funnel_up(), ("RaiseFunnel",), "the funnel goes up"),
        (lambda loader: loader.energise(), ("EnergizeMagnets",), "the magnets are energised"),
        (lambda loader: loader.energise(2.5), ("EnergizeMagnets", "2.5"), "the magnets are energised"),
        (lambda loader: loader.de_energise(), ("DenergizeMagnets",), "the magnets are off"),
        (lambda loader: loader.feed("A"), ("Feed", "A"), "the feeder goes to A"),
    ],
)
def test_each_word_is_told_and_shown(loader, node, say, heard, shown):
    assert str(say(loader)).startswith(f"loader  {shown}  (done, ")
    assert node.heard == [heard]


def test_how_it_is_is_shown(loader, node):
    assert repr(loader) == "Oven  dump: lowering  (funnel down, magnets off)  SIMULATED"
    node.answers |= {"InDownPosition": "False", "IsEnergized": "OK"}
    assert repr(loader) == "Oven  dump: lowering  (funnel between, magnets energised)  SIMULATED"
    node.answers |= {"InDownPosition": None, "InUpPosition": None, "IsEnergized": None}
    assert repr(loader) == "Oven  dump: lowering  (funnel unknown, magnets unknown)  SIMULATED"
    node.answers["InUpPosition"] = "OK"
    assert "funnel up" in repr(loader)
    node.answers["GetDump"] = None
    assert "G is open" in repr(loader)


def test_what_is_refused_raises(loader, node):
    node.answers |= {"DumpSample": None, "DumpComplete": None}
    for word in (loader.dump, loader.complete):
        with pytest.raises(Refused, match="G is open"):
            word()


def test_whether_the_last_one_has_ended(loader):
    assert loader.complete() == "False"


@pytest.mark.parametrize("wrong", ["3", True])
def test_a_time_that_is_none_is_not_sent(loader, node, wrong):
    with pytest.raises(Refused, match="a time is a number of seconds"):
        loader.energise(wrong)
    assert node.heard == []


def test_it_is_not_assigned_to(loader):
    with pytest.raises(Misused, match=r"loader\.dump\(\) is how it is told"):
        loader.dump = True
