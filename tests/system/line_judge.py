"""Whether what a controller answers is true, and whether what was written was asked for, once."""

import json
import math
import re
from collections import defaultdict

from tests.system.line_clients import ALREADY, MOVED, Asked
from tests.system.line_holds import Register
from tests.system.line_plan import CLOSED, MARKS, OPEN, TARGETS
from tests.system.line_truth import LAG_S, Truth, Write
from transports.rpc.words import BadWord, parse_owners, parse_states

UNHEARD_OF = re.compile(r"ERROR (002|003|005|013|017|022) |ERROR 004 : (?!\w+ is out of service: |\w+ follows )")
DUE_S = 1.0  # a deadline is looked at right before the write: what it takes to be written then
HOLDS = {"Lock": "locks", "Unlock": "locks", "Claim": "owners", "Release": "owners"}
HOLDS |= {"OutOfService": "services", "InService": "services"}


class Judge:
    """Looks at every answer when it comes, and at all that was written in the end."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._answered_shots = [(-math.inf, 0)]  # when, and how many
        self.no = truth.breach

    def answered(self, asked: Asked, text: str) -> None:
        """Judge an answer."""
        if text != asked.reply:
            self.no(f"{asked} was answered {asked.reply!r}, and then {text!r}")
        if text.startswith("ERROR 021"):
            return  # it is stopping
        if UNHEARD_OF.match(text):
            self.no(f"{asked} was answered {text}")
        if asked.deadline is not None and asked.deadline < asked.sent_at and not text.startswith("ERROR 019"):
            self.no(f"{asked}, whose deadline had passed, was answered {text}")
        if asked.verb in TARGETS and asked.ok:
            self.stood(asked, text)
        elif asked.verb == "SafeState" and not asked.valve and not asked.refused:
            self._safe(asked, text)
        elif asked.verb in QUESTIONS:
            QUESTIONS[asked.verb](self, asked, text)

    def stood(self, asked: Asked, text: str) -> None:
        """See that the valve, and those that follow it, stood as was answered."""
        truth = self._truth
        for valve, target in truth.plan.moved_by(asked.verb, asked.valve):
            since = self._began(asked, valve, target)
            # that it stood so already may have been learned a while ago
            heard = since - (LAG_S if text == ALREADY or valve != asked.valve else 0.0)
            if not truth.may_be_said(valve, target, heard, asked.replied_at):
                self.no(f"{asked} was answered {text}, and nobody had told that {valve} was {target}")
            elif text == ALREADY or valve != asked.valve:
                continue
            elif not truth.stood_so(valve, target, since, asked.replied_at):
                self.no(f"{asked} was answered {text}, and {valve} never stood so")

    def _began(self, asked: Asked, valve: str, target: str) -> float:
        """Return when the first command came whose move of the valve this one may have joined."""
        truth = self._truth
        with truth.lock:
            return min(
                one.sent_at
                for one in truth.asked
                if one.ends_by >= asked.sent_at and (valve, target) in truth.plan.moved_by(one.verb, one.valve)
            )

    def _safe(self, asked: Asked, text: str) -> None:
        """Every member stands where it should, or is named."""
        if text == MOVED:
            named = set()
        elif text.startswith("ERROR 015 : not in the safe state: "):
            named = set(re.findall(r"(\w+) is not (?:open|closed):", text))
            if not named:
                self.no(f"{asked} was answered {text}, and no valve is named")
        else:
            return  # nobody knows
        truth = self._truth
        with truth.lock:  # one that comes while another goes on joins that
            calls = [one for one in truth.asked if one.verb == "SafeState" and one.ends_by >= asked.sent_at]
        since = min(one.sent_at for one in calls) - LAG_S
        for valve, target in truth.plan.safe.items():
            if valve not in named and not truth.may_be_said(valve, target, since, asked.replied_at):
                self.no(f"{asked} was answered {text}, and nobody had told that {valve} was {target}")

    # --- questions ----------------------------------------------------------------------------------------------

    def _look(self, asked: Asked, text: str) -> None:
        state = {"True": OPEN, "False": CLOSED}.get(text)
        if state and not self._truth.may_be_said(asked.valve, state, asked.sent_at, asked.replied_at):
            self.no(f"{asked} was answered {text}, and no look has told that")

    def _states(self, asked: Asked, text: str) -> None:
        for valve, mark in self._word(asked, text, parse_states).items():
            state = next(state for state, one in MARKS.items() if one == mark)
            if mark != "?" and not self._truth.may_be_said(valve, state, asked.sent_at - LAG_S, asked.replied_at):
                self.no(f"the states word said {valve}{mark}, and nobody had told that")

    def _locks(self, asked: Asked, text: str) -> None:
        for valve, mark in self._word(asked, text, parse_states).items():
            self._holds(
                asked, f"{valve} locked: {mark}", self._truth.holds.locks[valve], "locked" if mark == "1" else ""
            )

    def _owners(self, asked: Asked, text: str) -> None:
        for valve, owner in self._word(asked, text, parse_owners).items():
            self._holds(asked, f"{valve} owned by {owner or 'nobody'}", self._truth.holds.owners[valve], owner)

    def _holds(self, asked: Asked, said: str, register: Register, value: str) -> None:
        with self._truth.lock:
            possible = register.possible(asked.sent_at, asked.replied_at)
        if value not in possible:
            self.no(f"{asked.verb} said {said}, and it was {possible}")

    def _word(self, asked: Asked, text: str, parse) -> dict[str, str]:
        try:
            told = parse(text)
        except BadWord as why:
            self.no(f"{asked} was answered {text}: {why}")
            return {}
        if set(told) != set(self._truth.plan.channels):
            self.no(f"{asked} was answered {text}: that is not every valve")
            return {}
        return told

    def _why(self, asked: Asked, text: str) -> None:
        """The first rule that refuses is named."""
        holds, valve, closing = self._truth.holds, asked.valve, asked.more.endswith("closed")
        expected: list[tuple[str, Register, str]] = [("enabled", holds.services[valve], "")]
        expected += [] if closing else [("safe latch", holds.latch, "")]
        expected += [("lock", holds.locks[valve], ""), ("owner", holds.owners[valve], asked.client)]
        for rule, register, own in expected:
            with self._truth.lock:
                held = register.certain(asked.sent_at, asked.replied_at)
            said = text.startswith(f"no: {rule}: ") and " follows " not in text
            if held is None:
                return
            if said != (held not in ("", own)):
                self.no(f"{asked} was answered {text}, and {rule} was {held!r}")
            if said:
                return

    def _counts(self, asked: Asked, text: str) -> None:
        (pipette,) = json.loads(text)
        shots, truth = pipette["counts"], self._truth
        with truth.lock:
            before = max(told for at, told in self._answered_shots if at < asked.sent_at)
            fewest = max(before, self.certain_shots(asked.sent_at))
            if not fewest <= shots <= truth.shots:
                self.no(f"{shots} shots were counted, and there were {fewest} to {truth.shots}")
            self._answered_shots.append((asked.replied_at, shots))

    def certain_shots(self, until: float) -> int:
        """Return how many shots there have been at least, by what was answered before `until`."""
        plan = self._truth.plan
        openings = [
            one
            for one in self._truth.asked
            if one.verb == "Open" and one.valve in (plan.inner, plan.outer) and one.reply == MOVED
            and one.replied_at <= until
        ]  # fmt: skip
        shots, armed_at = 0, None
        for one in sorted(openings, key=lambda one: one.replied_at):
            if one.valve == plan.inner:
                armed_at = armed_at or one.replied_at
            elif armed_at is not None and one.sent_at > armed_at:
                shots, armed_at = shots + 1, None
        return shots

    # --- what was written ---------------------------------------------------------------------------------------

    def at_the_end(self) -> None:
        """See that each write was asked for, and that no command caused one twice."""
        by_act: dict[tuple[str, str, int], list[Write]] = defaultdict(list)
        for write in self._truth.writes:
            by_act[write.valve, write.target, write.step].append(write)
        for act, writes in by_act.items():
            for write in unasked(writes, self._causes(act[0], act[1])):
                self.no(
                    f"{write.valve} was written {write.target}{write.step} at {write.at}: nobody had asked, or once"
                )

    def _causes(self, valve: str, target: str) -> list[Asked]:
        """Return the commands that may have moved a valve there."""
        return [
            asked
            for asked in self._truth.asked
            if not asked.refused and asked.reply != ALREADY
            and (valve, target) in self._truth.plan.moved_by(asked.verb, asked.valve)
        ]  # fmt: skip


QUESTIONS = {
    "GetIndicatorState": Judge._look,
    "Why": Judge._why,
    "GetValveStates": Judge._states,
    "GetValveLockStates": Judge._locks,
    "GetValveOwners": Judge._owners,
    "GetPipetteCounts": Judge._counts,
}


def unasked(writes: list[Write], causes: list[Asked]) -> list[Write]:
    """Return the writes that are left over when each command has caused one at most: a matching of the two."""
    caused: dict[Asked, Write] = {}

    def find(write: Write, seen: set[Asked]) -> bool:
        for cause in causes:
            if cause not in seen and may_cause(cause, write):
                seen.add(cause)
                if cause not in caused or find(caused[cause], seen):
                    caused[cause] = write
                    return True
        return False

    return [write for write in writes if not find(write, set())]


def may_cause(asked: Asked, write: Write) -> bool:
    ends_by = asked.ends_by if asked.deadline is None else min(asked.ends_by, asked.deadline + DUE_S)
    if not asked.sent_at <= write.at <= ends_by:
        return False
    if asked.verb == "SafeState":
        return True  # whoever owns the valve
    if write.latched and write.target == OPEN:
        return False
    return write.owner in ("", asked.client)
