"""When a failed actor is started again: back-off, a limit, and then not at once. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Restart intensity, as supervisors of Erlang/OTP have it, with a growing back-off.

    Attributes:
        max_restarts, within_s: more failures than that within so many seconds: give up.
        first_s, longest_s: the back-off doubles from the one to the other.
        retry_parked_s: seconds after which an actor that was given up, but is not essential, is tried again.
        hang_after_s: seconds that one message may be in hand.
    """

    max_restarts: int = 5
    within_s: float = 60.0
    first_s: float = 0.1
    longest_s: float = 10.0
    retry_parked_s: float = 60.0
    hang_after_s: float = 15.0

    def delay_s(self, failures: Sequence[float], jitter: float) -> float | None:
        """Return the seconds to wait before the next start, or None: give up.

        Args:
            failures: monotonic times of the failures so far, the newest last.
            jitter: a number from 0 to 1, spread over +-20 % of the delay.
        """
        recent = [at for at in failures if failures[-1] - at <= self.within_s]
        if len(recent) > self.max_restarts:
            return None
        backed_off = min(self.longest_s, self.first_s * 2 ** (len(recent) - 1))
        return float(backed_off * (0.8 + 0.4 * jitter))
