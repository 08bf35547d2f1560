"""A simulated controller: cycled, sampled, and asked for what its valves' moves add up to."""

import re
from pathlib import Path

from tests.system.nodes import ANY_LISTENER, Console, settings, starter_site


def test_a_valve_is_cycled_by_the_rules_and_its_moves_are_counted(tmp_path: Path):
    root = starter_site("valve_controller", tmp_path / "site")
    flags = ("--root", str(root), "--simulate", *settings(*ANY_LISTENER))
    with Console("valve_controller", *flags, home=tmp_path / "home") as console:
        console.ready()
        assert console.say("statistics()").startswith("no valve has moved since the start")
        cycled = console.say("cycle('A', 3, 0.01, 0)")
        opened = console.say("open('B')")
        refused = console.say("sample('A', 60)")
        counted = console.say("statistics()")
        tree = console.say("tree()")
        assert console.leave() == 0
    assert cycled.startswith("A  closed after 3 cycles  (moved, ")
    assert opened.startswith("B  open")
    assert refused == "RAISED Interlocked: A may not open while B is open (sample, opening)"
    rows = dict(re.findall(r"^(\w+) +(\d+ +\d+ +\d+) .*good$", counted, re.MULTILINE))
    assert {name: row.split() for name, row in rows.items()} == {"A": ["6", "0", "0"], "B": ["1", "0", "0"]}
    assert re.search(r"statistics +running .*2 valves have moved", tree)
