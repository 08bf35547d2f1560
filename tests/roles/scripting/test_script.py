"""Scripts: their words, their ends, and that each can be stopped."""

import re
import signal
import threading

import pytest

from actors.errors import NotConnected
from roles.scripting.outcome import JobState, ScriptFailed
from roles.scripting.runner import ScriptRunner
from tests.roles.console.fake_node import INTERLOCKED


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def said():
    return []


@pytest.fixture
def runner(bench, folder, said):
    return ScriptRunner(bench.operator, folder=folder, say=said.append)


@pytest.fixture
def write(folder):
    return lambda name, text: (folder / name).write_text(text)


def test_a_script_moves_valves_and_says_how_long_it_took(runner, write, bench, said):
    write("fill.py", "open('A')\ninfo('filling')\nsleep(0)\nclose('A')\nassert is_closed('A')\n")
    assert re.fullmatch(r"fill\.py  done  \(5 commands, \d+\.\d s\)  SIMULATED", str(runner.run("fill")))
    assert [message.valve for message in bench.line.asked] == ["A", "A"]
    assert said == ["fill.py: filling"]


@pytest.mark.parametrize("name", ["fill", "fill.py", "{folder}/fill", "{folder}/fill.py"])
def test_a_script_is_found_by_name_and_by_path(runner, write, folder, name):
    write("fill.py", "")
    assert runner.run(name.format(folder=folder)).name == "fill.py"


def test_a_script_that_is_not_there_names_the_nearest(runner, write):
    write("fill.py", "")
    with pytest.raises(ScriptFailed, match=re.escape("there is no script fil (did you mean fill?)")):
        runner.run("fil")


def test_nothing_runs_when_a_later_line_or_a_called_script_has_a_mistake(runner, write, bench):
    write("fill.py", "open('A')\ngosub('pump')\nopen('Q')\n")
    write("pump.py", "close('Z')\n")
    with pytest.raises(ScriptFailed) as failure:
        runner.run("fill")
    assert str(failure.value).splitlines() == [
        "fill.py:3: open('Q'): Q is not a registered valve name",
        "pump.py:1: close('Z'): Z is not a registered valve name",
    ]
    assert str(runner.check("fill")) == str(failure.value)
    assert bench.line.asked == []


def test_check_of_a_good_script_says_so(runner, write):
    write("fill.py", "open('A')")
    assert repr(runner.check("fill")) == "fill.py  no mistakes found"


def test_a_refusal_stops_the_script_with_its_place(runner, write, bench):
    bench.line.refusals["A"] = INTERLOCKED
    write("fill.py", "close('B')\ndef go():\n    open('A')\ngo()\nclose('B')\n")
    with pytest.raises(ScriptFailed, match=r"^fill\.py:3: refused: A may not open while B is open$"):
        runner.run("fill")
    assert [message.valve for message in bench.line.asked] == ["B", "A"]


def test_a_script_may_catch_a_refusal(runner, write, bench, said):
    bench.line.refusals["A"] = INTERLOCKED
    write("fill.py", "try:\n    open('A')\nexcept Exception as why:\n    info(why)\n")
    runner.run("fill")
    assert said == ["fill.py: A may not open while B is open"]


@pytest.mark.parametrize("word", ["is_open", "is_closed"])
def test_an_unknown_state_is_never_an_answer(runner, write, word):
    write("fill.py", f"{word}('C')")
    with pytest.raises(ScriptFailed, match=r"^fill\.py:1: unknown: C is unknown: not read yet$"):
        runner.run("fill")


def test_gosub_runs_another_script_here_and_fails_where_that_fails(runner, write, bench):
    write("fill.py", "open('A')\ngosub('pump')\n")
    write("pump.py", "close('B')\nabort('no gas')\n")
    with pytest.raises(ScriptFailed, match=r"^pump\.py:2: aborted: no gas$"):
        runner.run("fill")
    assert [message.valve for message in bench.line.asked] == ["A", "B"]


def test_gosub_finds_the_script_beside_the_one_that_calls_it(runner, folder, bench, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "fill.py").write_text("gosub('pump')\ngosub('more/vent')\n")
    (elsewhere / "pump.py").write_text("close('B')\n")
    (elsewhere / "more").mkdir()
    (elsewhere / "more" / "vent.py").write_text("name = 'last'\ngosub(name)\n")
    (elsewhere / "more" / "last.py").write_text("close('A')\n")
    (folder / "pump.py").write_text("open('A')\n")
    runner.run(str(elsewhere / "fill.py"))
    assert [message.valve for message in bench.line.asked] == ["B", "A"]


def test_a_gosub_whose_name_is_made_at_run_time_is_checked_then(runner, write):
    write("fill.py", "name = 'pump'\ngosub(name)\n")
    write("pump.py", "open('Q')\n")
    with pytest.raises(ScriptFailed, match=r"^pump\.py:1: open\('Q'\)"):
        runner.run("fill")


def test_abort_cannot_be_swallowed(runner, write):
    write("fill.py", "try:\n    abort('no gas')\nexcept Exception:\n    pass\n")
    with pytest.raises(ScriptFailed, match="aborted: no gas"):
        runner.run("fill")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/0", r"fill\.py:1: ZeroDivisionError: division by zero"),
        ("sleep(-1)", r"fill\.py:1: ValueError: sleep takes seconds, 0 or more, not -1"),
        ("raise SystemExit(2)", r"fill\.py:1: exit\(2\)"),
    ],
)
def test_a_mistake_stops_the_script_with_its_place(runner, write, text, why):
    write("fill.py", text)
    with pytest.raises(ScriptFailed, match=f"^{why}$"):
        runner.run("fill")


def test_a_line_that_restarts_refuses_the_run(runner, write, bench):
    write("fill.py", "open('A')")
    bench.stop("extraction_line")
    with pytest.raises(NotConnected, match="extraction_line does not run now"):
        runner.run("fill")


class Said(list):
    """What scripts say, and when they have said it."""

    def __init__(self):
        super().__init__()
        self.something = threading.Event()

    def append(self, text):
        super().append(text)
        self.something.set()


def started(bench, folder, text):
    said = Said()
    (folder / "fill.py").write_text(text)
    script = ScriptRunner(bench.operator, folder=folder, say=said.append).start("fill")
    assert said.something.wait(5)
    return script


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("info('here')\nsleep(60)\n", 2),
        ("info('here')\nwhile True:\n    is_open('A')\n", 3),
        ("info('here')\nwhile True:\n    pass\n", None),
        ("info('here')\nwhile True:\n    try:\n        info('on')\n    except Exception:\n        pass\n", None),
    ],
)
def test_a_script_can_be_cancelled_wherever_it_is(bench, folder, text, line):
    script = started(bench, folder, text)
    assert script.cancel(within_s=5)
    assert script.job().state is JobState.CANCELLED
    with pytest.raises(ScriptFailed, match=rf"^fill\.py:{line or '[0-9]+'}: cancelled$"):
        script.result()


def test_a_script_that_holds_out_is_said_to(bench, folder):
    script = started(bench, folder, "import threading\ninfo('here')\nthreading.Event().wait(1)\nopen('A')\n")
    assert not script.cancel(within_s=0.2)
    assert script.job().state is JobState.CANCELLING
    with pytest.raises(ScriptFailed, match=r"^fill\.py:3: has not stopped; it will at its next command$"):
        script.result()
    assert script.wait(5)
    assert script.job().state is JobState.CANCELLED
    assert bench.line.asked == []


def test_ctrl_c_cancels_the_script_that_is_waited_for(bench, folder):
    def press(_text):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    (folder / "fill.py").write_text("info('here')\nsleep(60)\n")
    with pytest.raises(ScriptFailed, match=r"^fill\.py:[12]: cancelled$"):
        ScriptRunner(bench.operator, folder=folder, say=press).run("fill")


def test_jobs_tells_where_a_script_is_and_how_it_ended(bench, folder):
    said = Said()
    runner = ScriptRunner(bench.operator, folder=folder, say=said.append)
    (folder / "fill.py").write_text("info('here')\nsleep(60)\n")
    (folder / "done.py").write_text("open('A')\n")
    runner.run("done")
    runner.start("fill")
    assert said.something.wait(5)
    assert [(job.name, job.state) for job in runner.jobs()] == [
        ("done.py", JobState.DONE),
        ("fill.py", JobState.RUNNING),
    ]
    assert runner.jobs()[1].where in ("fill.py:1", "fill.py:2")
    runner.cancel_all()
    assert runner.jobs()[1].state is JobState.CANCELLED


def test_a_script_that_says_all_in_main_is_run_as_pychron_runs_it(runner, write, bench):
    write("fill.py", "def main():\n    open('A')\n    gosub('pump')\n")
    write("pump.py", "def main():\n    close('B')\nmain()\n")
    runner.run("fill")
    assert [message.valve for message in bench.line.asked] == ["A", "B"]


def test_a_script_that_is_not_there_lists_those_that_are(runner, write):
    write("fill.py", "")
    with pytest.raises(ScriptFailed, match="there is no script zzz; there are fill"):
        runner.run("zzz")


def test_a_ring_of_scripts_beside_each_other_is_checked_once(runner, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "a.py").write_text("if is_open('A'):\n    gosub('../b')\n")
    (folder / "b.py").write_text("gosub('sub/a')\n")
    assert runner.check("sub/a").lines == ()
    runner.run("b")


# --- cycle and sample ----------------------------------------------------------------------------------------------


def test_a_script_cycles_and_samples(runner, write, bench):
    write("fill.py", "cycle('A', 2, 0, 0)\nresult = sample('A', seconds=0)\nassert result.outcome.state == 'closed'\n")
    assert "(2 commands, " in str(runner.run("fill"))
    assert [str(message.target) for message in bench.line.asked] == ["open", "closed"] * 3


def test_a_refused_step_stops_the_script_with_its_place_and_its_step(runner, write, bench):
    bench.line.refusals["A"] = INTERLOCKED
    write("fill.py", "\nsample('A', 1)\nclose('B')\n")
    with pytest.raises(ScriptFailed) as failure:
        runner.run("fill")
    assert str(failure.value) == "fill.py:2: refused: A may not open while B is open (sample, opening)"


def test_a_script_that_is_cancelled_while_it_samples_closes_the_valve_and_says_so(runner, write, bench, said):
    write("fill.py", "sample('A', 3600)")
    script = runner.start("fill")
    assert bench.line.got.wait(5)
    assert script.cancel(within_s=5)
    assert script.job().state is JobState.CANCELLED
    assert [str(message.target) for message in bench.line.asked] == ["open", "closed"]
    assert said == ["fill.py: sample stopped (open); A was closed again"]


def test_a_script_that_is_cancelled_between_two_cycles_has_closed_the_valve(runner, write, bench):
    write("fill.py", "cycle('A', 3, 0, 3600)")
    script = runner.start("fill")
    assert bench.line.got.wait(5)
    assert script.cancel(within_s=5)
    assert script.job().state is JobState.CANCELLED
    assert [str(message.target) for message in bench.line.asked] == ["open", "closed"]
