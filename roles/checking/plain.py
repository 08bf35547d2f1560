"""A peer without HELLO, for `--check`: a real Pychron server, or what speaks as one."""

from collections.abc import Callable, Sequence

from actors.table import ValveSpec
from roles.checking.conversation import Conversation
from roles.checking.report import Report
from roles.checking.valves import differences
from transports.rpc import words
from transports.rpc.codes import ReplyKind, parse_reply
from transports.rpc.forms import Form

LACKS = "a plain peer without HELLO: no locks, leases or safe state there, no deadlines, no ids"


def look_at_line(report: Report, who: str, call: Callable[[], Conversation], ours: Sequence[ValveSpec]) -> None:
    """Say what such a valve controller tells, and whether it has the valves that this site lists for it.

    Args:
        report: where it is said.
        who: `node <name>`, for findings.
        call: connects to it; such a peer may close after its reply.
        ours: valves of this site that are its.
    """
    text = _asked(report, who, call, "GetValveStates")
    if text is None:
        return
    try:
        names = list(words.parse_states(text))
    except words.BadWord as error:
        report.findings.append(f"{who}: it does not tell its valves' states: {error}")
        return
    report.lines.append(f"    valves       {len(names)}: {' '.join(names)}".rstrip(": "))
    if not ours:
        text = "such a peer does not describe its valves: list them in valves.yaml here"
        report.findings.append(f"{who}: {text}, with `actuator: {who.removeprefix('node ')}`")
        return
    report.lines.append("                 as valves.yaml lists them here: such a peer does not describe them")
    report.findings += [f"{who}: {text}" for text in differences(ours, [ValveSpec(name) for name in names])]
    more = [name for name in names if name not in {spec.name for spec in ours}]
    if more:
        report.warnings.append(f"{who}: valves that this site does not list: {', '.join(more)}")


def look_at_furnace(report: Report, who: str, call: Callable[[], Conversation]) -> None:
    """Say how warm such a furnace is."""
    text = _asked(report, who, call, "GetTemperature")
    if text is not None:
        report.lines.append(f"    temperature  {text} C")


def _asked(report: Report, who: str, call: Callable[[], Conversation], question: str) -> str | None:
    """Return what it answers to a question that changes nothing; None, with a finding, where that is an error.

    Raises:
        NoConversation: it does not answer.
    """
    with call() as conversation:
        text, took_ms = conversation.ask(question)
    if parse_reply(text).kind is ReplyKind.ERROR:
        report.lines.append("    answers      not as a node does")
        report.findings.append(f"{who}: it does not speak HELLO, and answers {text[:80]!r} to {question}")
        return None
    report.lines += ["    reachable    yes", f"    answers      {_manner(conversation)}, without HELLO"]
    report.round_trip(who, took_ms)
    report.lines.append("    news         none: it is polled only")
    report.warnings.append(f"{who}: {LACKS}")
    return text


def _manner(conversation: Conversation) -> str:
    return "in frames" if conversation.form is Form.BRACED else "in plain words"
