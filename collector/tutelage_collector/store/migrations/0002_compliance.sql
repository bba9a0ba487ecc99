-- How judgements changed: a projection.
CREATE TABLE drift (
    number INTEGER PRIMARY KEY,
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    profile TEXT NOT NULL,
    check_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    observed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX drift_by_time ON drift (trust, observed_ms);
-- What a person allows for a time, in spite of a failed check.
CREATE TABLE exemption (
    trust TEXT NOT NULL,
    exemption_id TEXT NOT NULL,
    school TEXT NOT NULL,
    device_id TEXT NOT NULL,                 -- '' = all devices of the school
    check_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    control TEXT NOT NULL,                   -- what protects meanwhile
    approver TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    PRIMARY KEY (trust, exemption_id)
) STRICT, WITHOUT ROWID;
