-- Evidence: what agents signed, byte for byte, and where each chain stands.
CREATE TABLE batch (
    number INTEGER PRIMARY KEY,              -- order of arrival
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL,
    head BLOB NOT NULL,
    school TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX batch_place ON batch (trust, device_id, epoch, lane, first_sequence);

CREATE TABLE head (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (trust, device_id, epoch, lane)
) STRICT, WITHOUT ROWID;

-- Who may speak and join.
CREATE TABLE device (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    device_group TEXT NOT NULL,
    profile TEXT NOT NULL,
    age_band TEXT NOT NULL,
    device_class TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'revoked', 'retired')),
    epoch INTEGER NOT NULL,
    tls_key BLOB NOT NULL,
    signing_key BLOB NOT NULL,
    token_id TEXT NOT NULL,
    enrolled_ms INTEGER NOT NULL,
    certificate_expires_ms INTEGER NOT NULL,
    label TEXT NOT NULL,
    system TEXT NOT NULL,
    serial TEXT NOT NULL,
    hardware_uuid TEXT NOT NULL,
    machine_id_hash TEXT NOT NULL,
    tpm_ek_hash TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    supersedes TEXT NOT NULL,
    PRIMARY KEY (trust, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_barred ON device (trust, device_id) WHERE state <> 'active';

-- Every key that ever signed batches: stored ones must verify for years.
CREATE TABLE signing_key (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    signing_key BLOB NOT NULL,
    PRIMARY KEY (trust, device_id, signing_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    trust TEXT NOT NULL,
    token_id TEXT NOT NULL,
    school TEXT NOT NULL,
    device_group TEXT NOT NULL,
    profile TEXT NOT NULL,
    age_band TEXT NOT NULL,
    device_class TEXT NOT NULL,
    quota INTEGER NOT NULL,
    used INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    not_after_ms INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, token_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    trust TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('dsl', 'ict', 'head')),
    school TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (trust, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    trust TEXT NOT NULL,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (trust, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are appended, never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are appended, never deleted'); END;

-- Projections: all of this can be made again from the batches.
CREATE TABLE device_seen (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    last_seen_ms INTEGER NOT NULL,           -- collector's clock
    heartbeat_ms INTEGER,                    -- device's clock
    heartbeat BLOB,                          -- the event's bytes
    PRIMARY KEY (trust, device_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE judgement (
    number INTEGER PRIMARY KEY,
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    profile TEXT NOT NULL,
    check_id TEXT NOT NULL,
    status TEXT NOT NULL,
    previous_status TEXT,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    first_failed_ms INTEGER,
    observed_ms INTEGER NOT NULL,            -- device's clock, never later than it came
    due_ms INTEGER,
    subject TEXT NOT NULL,
    school TEXT NOT NULL,
    clauses TEXT NOT NULL,                   -- one a line
    event BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX judgement_place ON judgement (trust, device_id, profile, check_id);

CREATE TABLE alert (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- order of storing: the cursor of who polls
    trust TEXT NOT NULL,
    event_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    grade INTEGER NOT NULL,
    route TEXT NOT NULL,
    risk_area TEXT NOT NULL,
    subcategory TEXT NOT NULL,
    channel TEXT NOT NULL,
    age_band TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    score INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    pack TEXT NOT NULL,
    account TEXT NOT NULL,
    repeats INTEGER NOT NULL,
    canary TEXT NOT NULL,
    occurred_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_event ON alert (trust, event_id);
CREATE INDEX alert_by_school ON alert (trust, school, number);

CREATE TABLE integrity (
    trust TEXT NOT NULL,
    id TEXT NOT NULL,
    device_id TEXT,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    count INTEGER NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('device', 'collector')),
    at_ms INTEGER NOT NULL,                  -- collector's clock
    PRIMARY KEY (trust, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX integrity_by_time ON integrity (trust, at_ms);

CREATE TABLE rollup (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    area TEXT NOT NULL,
    grade INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (trust, school, day, kind, area, grade)
) STRICT, WITHOUT ROWID;
