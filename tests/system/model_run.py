"""Running a model: so many examples from a number, and what was done told at the end.

`MODEL_SEED` repeats a run, as far as the timing of processes lets it; a failure brings the diary of its example.
`MODEL_EXAMPLES` makes it longer or shorter.
"""

import os
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run(machine: type[RuleBasedStateMachine], examples: int, steps: int, number: int | None = None) -> None:
    """Run a machine whose `counts` are kept by the class; without a number it is another run each time.

    It is not shrunk: what is wrong comes with its timing, and the diary tells that.
    """
    began, counts = time.monotonic(), machine.counts
    counts.clear()
    chosen = int(os.environ.get("MODEL_SEED", time.time_ns() % 1_000_000 if number is None else number))
    how = settings(
        max_examples=int(os.environ.get("MODEL_EXAMPLES", examples)),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
    )
    try:
        run_state_machine_as_test(seed(chosen)(machine), settings=how)
    finally:
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        print(f"\n{told}, {time.monotonic() - began:.0f} s (MODEL_SEED={chosen})")  # noqa: T201 - shown by `-s`
