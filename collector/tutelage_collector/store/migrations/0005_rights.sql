-- Accounts: more roles, and a life. Roles are a closed set in the program, so that a new one needs
-- no new table.
CREATE TABLE account_now (
    trust TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    school TEXT NOT NULL,                    -- '' = all schools of the trust
    password_hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    stamp INTEGER NOT NULL,                  -- raised to end all of its sessions
    created_ms INTEGER,
    password_ms INTEGER,
    signed_in_ms INTEGER,
    refused INTEGER NOT NULL,                -- wrong passwords since the last sign-in
    PRIMARY KEY (trust, name)
) STRICT, WITHOUT ROWID;
INSERT INTO account_now
    SELECT trust, name, role, school, password_hash, 'active', 1, NULL, NULL, NULL, 0 FROM account;
DROP TABLE account;
ALTER TABLE account_now RENAME TO account;

-- Who stands in for whom, and how long.
CREATE TABLE cover (
    trust TEXT NOT NULL,
    cover_id TEXT NOT NULL,
    absent TEXT NOT NULL,
    covering TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    PRIMARY KEY (trust, cover_id)
) STRICT, WITHOUT ROWID;

-- What needs two people: asked by one, decided by another, used once.
CREATE TABLE approval (
    trust TEXT NOT NULL,
    approval_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    school TEXT NOT NULL,
    subject TEXT NOT NULL,
    about TEXT NOT NULL,                     -- role of the person whom it is about; '' = a pupil
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_role TEXT NOT NULL,
    asked_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'used')),
    decided_by TEXT NOT NULL,
    decided_role TEXT NOT NULL,
    decided_ms INTEGER,
    note TEXT NOT NULL,
    used_ms INTEGER,
    CHECK (decided_by <> asked_by),
    PRIMARY KEY (trust, approval_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_by_time ON approval (trust, asked_ms);
CREATE TRIGGER approval_is_never_deleted BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'approvals are kept'); END;
CREATE TRIGGER approval_asks_for_one_thing BEFORE UPDATE OF
    kind, school, subject, about, reason, asked_by, asked_role, asked_ms, expires_ms ON approval
BEGIN SELECT RAISE(ABORT, 'what an approval was asked for is never changed'); END;
CREATE TRIGGER approval_is_decided_once BEFORE UPDATE OF decided_by, decided_role, decided_ms, note
    ON approval WHEN old.state <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'an approval is decided once'); END;

-- The audit log: who acted in which role, chained and signed. Rows of before have no head; the
-- first chained row vouches for them.
ALTER TABLE audit ADD COLUMN actor_role TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN school TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN head BLOB;
ALTER TABLE audit ADD COLUMN signature BLOB;

-- What may not be deleted for now, whatever the schedule says.
CREATE TABLE hold (
    trust TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('legal', 'complaint')),
    subject TEXT NOT NULL,
    school TEXT NOT NULL,
    reason TEXT NOT NULL,
    placed_by TEXT NOT NULL,
    placed_ms INTEGER NOT NULL,
    released_by TEXT NOT NULL,
    released_ms INTEGER,
    PRIMARY KEY (trust, hold_id)
) STRICT, WITHOUT ROWID;

-- What was erased: the leaf hash stays in the batch, the bytes are gone.
CREATE TABLE erasure (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event_id TEXT NOT NULL,                  -- '' = no alert
    leaf BLOB NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    erased_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    approval_id TEXT NOT NULL,               -- '' = by the schedule
    PRIMARY KEY (trust, device_id, epoch, lane, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER erasure_is_never_deleted BEFORE DELETE ON erasure
BEGIN SELECT RAISE(ABORT, 'what was erased stays on record'); END;

-- Counts of what was erased, so that tables made anew count as before.
CREATE TABLE erased_count (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    area TEXT NOT NULL,
    grade INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (trust, school, day, kind, area, grade)
) STRICT, WITHOUT ROWID;
