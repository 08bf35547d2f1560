"""`pipettes()`: the shots of this line's pipettes, and of those that another node has."""

import pytest

from actors.messages import Kind, Outcome, Query
from actors.table import PipetteSpec, ValveSpec
from roles.console.operator import Operator
from roles.console.pipettes import table
from tests.actors.line_bench import four

NODE = "node.Far"


@pytest.fixture
def hands(house):
    return Operator(house.context, by="eva@bench/1", site_label="bench")


def answering(house, text):
    """Have a node answer whatever it is asked with this text."""

    def answer(message):
        if isinstance(message, Query):
            message.request.reply_to.answer(Outcome(message.what, "Far", Kind.DONE, text=text))

    house.recorder(NODE, answer)


def with_valves_of_another(line_of):
    return line_of((*four(), ValveSpec("R", actuator=NODE, remote=True)))


def test_shots_of_this_line(line_of, hands):
    parts = {"A": ("Air", "inner"), "B": ("Air", "outer"), "C": ("Cool", "inner"), "D": ("Cool", "outer")}
    specs = four(**{valve: {"pipette": name, "pipette_part": part} for valve, (name, part) in parts.items()})
    line = line_of(specs, pipettes=(PipetteSpec("Air", "A", "B"), PipetteSpec("Cool", "C", "D")))
    line.open("A").wait()
    line.close("A").wait()
    line.open("B").wait()
    line.open("C").wait()
    header, air, cool = table(hands).splitlines()
    assert header.split() == ["pipette", "shots", "filled", "last", "shot", "node"]
    assert (air.split()[:2], air.split()[-1]) == (["Air", "1"], hands.node)
    assert cool.split() == ["Cool", "0", "filled", "never", hands.node]


def test_shots_of_another_node(line_of, house, hands):
    answering(house, '[{"name": "Air", "counts": 7, "armed": false, "last_shot_time": null}]')
    with_valves_of_another(line_of)
    assert table(hands).splitlines()[1].split() == ["Air", "7", "never", "Far"]


@pytest.mark.parametrize("text", ["[{'counts': 1}]", "7", '[{"name": "Air"}]', '[{"name": "Air", "counts": "x"}]'])
def test_a_node_that_tells_them_otherwise_is_named(line_of, house, hands, text):
    answering(house, text)
    with_valves_of_another(line_of)
    assert table(hands) == "Far tells of its pipettes in no form that is known here"


def test_a_line_without_any_says_so(line_of, hands):
    line_of(four())
    assert table(hands) == "no pipette is described"
