"""Running a model: so many examples, the same each time or never, and what was done told at the end.

`MODEL_SEED` repeats a run that was not the same each time, as far as the timing of processes lets it; a failure brings
the diary of its example. `MODEL_EXAMPLES` makes it longer or shorter.
"""

import os
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run(machine: type[RuleBasedStateMachine], examples: int, steps: int, *, derandomize: bool) -> None:
    """Run a machine whose `counts` are kept by the class. It is not shrunk: what is wrong comes with its timing."""
    began, counts = time.monotonic(), machine.counts
    counts.clear()
    number = int(os.environ.get("MODEL_SEED", time.time_ns() % 1_000_000))
    chosen = settings(
        max_examples=int(os.environ.get("MODEL_EXAMPLES", examples)), stateful_step_count=steps, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None, derandomize=derandomize,
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine if derandomize else seed(number)(machine), settings=chosen)
    finally:
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        how = "the same each time" if derandomize else f"MODEL_SEED={number}"
        print(f"\n{told}, {time.monotonic() - began:.0f} s ({how})")  # noqa: T201 - shown by `-s`, and with a failure
