"""The store's tables, and what brings a file of each version to the next: forward only, each in one transaction."""

_STEPS = (
    """
CREATE TABLE locks (valve TEXT PRIMARY KEY, who TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE described (origin TEXT PRIMARY KEY, valves TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL, valve TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, took_ms REAL NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, trace TEXT NOT NULL
);
""",
    """
CREATE TABLE IF NOT EXISTS nodes (origin TEXT PRIMARY KEY, address TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
""",
    """
CREATE TABLE facts (
    fact TEXT NOT NULL, subject TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (fact, subject)
) WITHOUT ROWID;
INSERT INTO facts SELECT 'lock', valve, who FROM locks;
DROP TABLE locks;
ALTER TABLE journal ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX journal_of_valve ON journal (valve);
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;
CREATE TABLE states (valve TEXT PRIMARY KEY, state TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE counts (
    valve TEXT PRIMARY KEY, moved INTEGER NOT NULL, failed INTEGER NOT NULL, unknown INTEGER NOT NULL,
    total_ms REAL NOT NULL, last_ms REAL NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO counts
    SELECT valve, sum(outcome = 'moved'), sum(reason = 'failed to actuate'),
        sum(outcome = 'unknown' AND reason != 'failed to actuate'), total(iif(outcome = 'moved', took_ms, 0.0)),
        0.0, min(time), max(time)
    FROM journal WHERE verb IN ('open', 'close') AND outcome IN ('moved', 'unknown') GROUP BY valve;
CREATE TABLE notes (note TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE probe (id INTEGER PRIMARY KEY, filler BLOB NOT NULL);
""",
)
SCHEMA_VERSION = len(_STEPS)
SMALL_TABLES = ("facts", "notes", "states", "counts", "described", "nodes")  # everything but the journal
ALL_LOCKED = "all_locked"  # the note that says why every valve is to be locked


def steps(version: int, all_locked: str = "") -> str:
    """Return what brings a file of `version` (0: an empty one) to `SCHEMA_VERSION`, all or nothing.

    `all_locked`: why every valve is to be locked before anybody starts on it, or "".
    """
    quoted = all_locked.replace("'", "''")
    note = f"INSERT INTO notes VALUES ('{ALL_LOCKED}', '{quoted}');" if all_locked else ""  # noqa: S608 - quoted
    return f"BEGIN; {''.join(_STEPS[version:])} {note} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;"
