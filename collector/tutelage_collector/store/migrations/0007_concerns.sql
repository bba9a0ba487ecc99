-- Concerns: made by people, no projections; rebuild leaves them alone. Clear is only what counting
-- and routing need. What somebody wrote about a child is in `sealed`: JSON that a recipient's key
-- opens, and neither this database nor whoever owns it.
CREATE TABLE concern (
    trust TEXT NOT NULL,
    concern_id TEXT NOT NULL,
    school TEXT NOT NULL,
    about TEXT NOT NULL CHECK (about IN ('pupil', 'staff', 'dsl', 'ict', 'head')),
    source TEXT NOT NULL CHECK (source IN ('alerts', 'report', 'person')),
    state TEXT NOT NULL
        CHECK (state IN ('new', 'acknowledged', 'in_review', 'outcome', 'closed')),
    grade INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 5),
    risk_area TEXT NOT NULL,                 -- '' = a person's report, not sorted yet
    subcategory TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    opened_by TEXT NOT NULL,                 -- account; 'report' = somebody at the report page
    acknowledged_ms INTEGER,
    outcome TEXT NOT NULL,
    outcome_ms INTEGER,
    closed_ms INTEGER,
    police TEXT NOT NULL,                    -- '' = nobody has considered it yet
    complaint_ms INTEGER,                    -- since when a complaint is open
    cpoms_reference TEXT NOT NULL,           -- '' = not logged
    cpoms_by TEXT NOT NULL,
    cpoms_ms INTEGER,
    PRIMARY KEY (trust, concern_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX concern_by_school ON concern (trust, school, opened_ms);

CREATE TABLE concern_alert (
    trust TEXT NOT NULL,
    concern_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (trust, concern_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX concern_of_alert ON concern_alert (trust, event_id);

-- The timeline: appended, never changed.
CREATE TABLE concern_entry (
    trust TEXT NOT NULL,
    concern_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    entry_id TEXT NOT NULL,                  -- what its seal is bound to
    at_ms INTEGER NOT NULL,
    by_account TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,                      -- a word of a closed list, a pseudonym or an id
    sealed TEXT NOT NULL,                    -- '' = nothing was written
    PRIMARY KEY (trust, concern_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX concern_entry_id ON concern_entry (trust, entry_id);
CREATE TRIGGER concern_entry_is_never_changed BEFORE UPDATE ON concern_entry
BEGIN SELECT RAISE(ABORT, 'what was written down is added to, never changed'); END;

-- What ICT is asked to do, without saying for whom or why.
CREATE TABLE ict_action (
    trust TEXT NOT NULL,
    action_id TEXT NOT NULL,
    concern_id TEXT NOT NULL,                -- never shown to ICT
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,                    -- a web address's host, or ''
    device_id TEXT NOT NULL,                 -- '' = none
    asked_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    done_ms INTEGER,
    done_by TEXT NOT NULL,
    PRIMARY KEY (trust, action_id)
) STRICT, WITHOUT ROWID;

-- People, where a school imports them: keyed by the pseudonym of their device account, so that the
-- database alone tells nobody's name. Never required.
CREATE TABLE person (
    trust TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pupil', 'staff')),
    age_band TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('standard', 'raised', 'high')),
    digest TEXT NOT NULL,                    -- keyed hash of the row: tells whether it changed
    imported_ms INTEGER NOT NULL,
    sealed TEXT NOT NULL,                    -- name, identifiers, year group, reasons
    PRIMARY KEY (trust, pseudonym)
) STRICT, WITHOUT ROWID;
