"""Where things are, and how a run of the loader ends."""

from actors.messages import News, State
from tests.actors.house import until

DOWN, UP, STOP = ("MoveAbsolute", "120"), ("MoveAbsolute", "0"), ("StopDrive",)


ON, OFF = ("M", State.OPEN), ("M", State.CLOSED)


def over(rig, phase="failed"):
    until(lambda: rig.text("GetDump").split()[1:2] == [phase], f"the run has {phase}: {rig.text('GetDump')}")


def alarm(rig):
    return rig.chronicle.wait_for(News, lambda news: news.topic == "alarm.loader" and news.value).extra["text"]
