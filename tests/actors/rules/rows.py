"""Rows and tables for the rules."""

import itertools

from actors.messages import Refusal, State
from actors.table import Row, ValveSpec

NOW = 1000.0
OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
STATES = (OPEN, CLOSED, UNKNOWN)
MOVING = (None, OPEN, CLOSED)


def product(*lists):
    return list(itertools.product(*lists))


def row(name, state=CLOSED, *, moving=None, locked="", age_s=1.0, **spec):
    return Row(ValveSpec(name, **spec), state, learned=NOW - age_s, moving=moving, locked=locked)


def table(*rows):
    return {each.spec.name: each for each in rows}


def reason(verdict):
    return verdict.reason if isinstance(verdict, Refusal) else verdict
