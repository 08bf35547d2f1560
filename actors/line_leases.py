"""The line's leases: who has claimed a valve, while its session lives and some seconds longer."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actors.facts import Fact, Kept
from actors.line_durable import Durable
from actors.messages import Claim, News, Reason, Refusal, Release
from actors.remote import OwnersSeen, SessionGone, SessionUp
from actors.table import Row

LONGEST_S = 3600
STORED_EVERY_S = 10.0  # of one that runs out: how much longer it may live in the next life


@dataclass(slots=True)
class Lease:
    """One valve's.

    Attributes:
        session: while which lives it holds; `seconds`: how much longer.
        stored_s: of those, how many are left by what is on disk.
        until: monotonic seconds at which it ends; None: its session lives.
    """

    owner: str
    session: str
    seconds: float
    stored_s: float
    until: float | None = None


class Leases:
    """A part of the extraction line.

    Args:
        leases: those of an earlier line of this process, by valve; kept up to date for the next.
        sessions: those that hold something here, kept up to date for whoever knows when a session ends.
        lives: whether a session has any connection now; this process's own, "", does.
        term_s: of a claim that names no time.
    """

    def __init__(
        self,
        durable: Durable,
        leases: dict[str, "Lease"],
        sessions: set[str],
        lives: Callable[[str], bool],
        term_s: int,
    ) -> None:
        self._durable = durable
        self._ledger = durable.ledger
        self._sessions = sessions
        self._lives = lives
        self._term_s = term_s
        self._leases = leases
        self._noted: dict[str, float] = {}  # valve -> when (monotonic seconds) its owner changed last
        self._claiming: dict[str, list[str]] = {}  # valve -> who, once for each claim on its way to the disk

    def remember(self, kept: Mapping[str, str], *, restarted: bool) -> None:
        """Take in the leases of an earlier line (`restarted`), or of an earlier life, whose sessions are all gone.

        While no line was there sessions may have ended, or come back.
        """
        now = time.monotonic()
        for valve, text in kept.items():
            row = self._ledger.table.get(valve)
            if row is None or row.spec.remote:
                continue
            lease = self._leases.get(valve)
            if lease is None:
                told = json.loads(text)
                left_s = float(told["seconds"])
                seconds = float(told.get("term", left_s))
                until = None if restarted and self._lives(told["session"]) else now + left_s
                lease = Lease(str(told["owner"]), str(told["session"]), seconds, left_s, until)
                self._leases[valve] = lease
            elif self._lives(lease.session):
                lease.until = None
            elif lease.until is None:
                lease.until = now + lease.seconds
            self._sessions.add(lease.session)
            row.owner, row.owner_until = lease.owner, lease.until

    def tell(self) -> None:
        """Tell those that an earlier line had."""
        for valve, lease in self._leases.items():
            self._note(self._ledger.table[valve], lease.owner, lease.until, "")

    def claim(self, claim: Claim) -> None:
        """Give a lease, or renew it, unless another requester has one that lives."""
        valve, request = claim.valve, claim.request
        row = self._durable.row_for("claim", valve, request)
        if row is None or self._durable.forward(row, "claim", claim, request):
            return
        seconds = self._term_s if claim.seconds is None else claim.seconds
        other = self._other(row, request.by)
        if not 1 <= seconds <= LONGEST_S:
            text = f"a lease lives 1 to {LONGEST_S} s longer than its session, not {seconds}"
            self._durable.refuse(request, "claim", valve, Reason.BAD_ARGUMENTS, text)
        elif other:
            text = f"{valve} is owned by {other}; you are {request.by}"
            self._durable.refuse(request, "claim", valve, Reason.OWNED, text)
        else:
            text = _text(request.by, request.session, seconds)
            if self._durable.keep(Fact.LEASE, valve, text, request, "claim"):
                self._claiming.setdefault(valve, []).append(request.by)

    def _other(self, row: Row, by: str) -> str:
        """Return who else owns a valve, or is about to, or ""."""
        owner = row.owned(time.monotonic()) or next(iter(self._claiming.get(row.spec.name, ())), "")
        return owner if owner != by else ""

    def release(self, release: Release) -> None:
        """Give a lease up: only who has it may; of another session of one's own too, which may have crashed."""
        valve, request = release.valve, release.request
        row = self._durable.row_for("release", valve, request)
        if row is None or self._durable.forward(row, "release", release, request):
            return
        other = self._other(row, request.by)
        if other and not _same_person(other, request.by):
            text = f"{valve} is owned by {other}; you are {request.by}"
            self._durable.refused(Refusal(Reason.OWNED, text, "owner"), request, "release", valve)
        else:
            self._durable.keep(Fact.LEASE, valve, "", request, "release")

    def kept(self, kept: Kept) -> None:
        """Commit what is on disk."""
        valve, request = kept.keep.subject, kept.request
        if kept.keep.value:
            self._claiming[valve].pop()
        if self._durable.not_kept(kept):
            return
        row = self._ledger.table[valve]
        if not kept.keep.value:
            self._end(row, "released")
            self._durable.settle(kept, "free")
        else:
            seconds = float(json.loads(kept.keep.value)["seconds"])
            until = None if self._lives(request.session) else time.monotonic() + seconds
            self._leases[valve] = Lease(request.by, request.session, seconds, seconds, until)
            self._sessions.add(request.session)
            self._note(row, request.by, until, request.trace)
            self._durable.settle(kept, f"{request.by}, {seconds:g} s longer than its session")

    def session_up(self, up: SessionUp) -> None:
        """Let the leases of a session that is back live on, and have as long a time again when it ends."""
        self._of(up.session, lambda _lease: None)
        for valve, lease in self._leases.items():
            if lease.session == up.session and lease.stored_s < lease.seconds and not self._claiming.get(valve):
                self._store(valve, lease, lease.seconds)

    def session_gone(self, gone: SessionGone) -> None:
        """Let the seconds of a session's leases run."""
        now = time.monotonic()
        self._of(gone.session, lambda lease: now + lease.seconds)

    def seen(self, seen: OwnersSeen) -> None:
        """Take in who owns what on another node, unless that was asked for before it changed."""
        for valve, owner in seen.owners.items():
            row = self._ledger.table.get(valve)
            if seen.asked_at is not None and seen.asked_at < self._noted.get(valve, 0.0):
                continue
            if row is not None and row.spec.actuator == seen.origin and row.owner != owner:
                self._note(row, owner, None, "")

    def _of(self, session: str, until: Callable[[Lease], float | None]) -> None:
        for valve, lease in self._leases.items():
            if lease.session == session:
                row = self._ledger.table[valve]
                row.owner_until = lease.until = until(lease)
                self._ledger.revision += 1

    def expire(self, now: float) -> None:
        """End what has run out; have what runs stored now and then: the seconds that are left, not a date."""
        for valve, lease in list(self._leases.items()):
            row = self._ledger.table[valve]
            if row.owner_until is None or self._claiming.get(valve):
                continue  # what is on its way to the disk is not to be undone there
            left_s = row.owner_until - now
            if left_s <= 0:
                self._durable.note(Fact.LEASE, valve, "")
                self._end(row, "run out")
            elif lease.stored_s - left_s >= STORED_EVERY_S:
                self._store(valve, lease, left_s)

    def _store(self, valve: str, lease: Lease, left_s: float) -> None:
        lease.stored_s = left_s
        self._durable.note(Fact.LEASE, valve, _text(lease.owner, lease.session, left_s, lease.seconds))

    def _end(self, row: Row, why: str) -> None:
        lease = self._leases.pop(row.spec.name, None)
        if lease is not None:
            self._ledger.log.info("lease.ended", valve=row.spec.name, owner=lease.owner, why=why)
            if all(other.session != lease.session for other in self._leases.values()):
                self._sessions.discard(lease.session)
        self._note(row, "", None, "")

    def _note(self, row: Row, owner: str, until: float | None, trace: str) -> None:
        row.owner, row.owner_until = owner, until
        self._noted[row.spec.name] = time.monotonic()
        self._ledger.revision += 1
        news = News(f"owner.{row.spec.name}", owner, trace=trace)
        self._ledger.tell("chronicle", news)


def _same_person(one: str, other: str) -> bool:
    """Whether two `<user>@<node>/<session>` are of one user at one node. An address is nobody's."""
    person, slash, _ = one.rpartition("/")
    return bool(slash) and person == other.rpartition("/")[0]


def _text(owner: str, session: str, left_s: float, term_s: float = 0.0) -> str:
    told: dict[str, object] = {"owner": owner, "session": session, "seconds": round(left_s, 1)}
    return json.dumps(told | ({"term": term_s} if term_s > left_s else {}))
