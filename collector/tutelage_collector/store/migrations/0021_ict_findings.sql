-- What devices told the ICT manager, and counts of visits by category: projections, made anew from
-- the stored batches by `store rebuild`.
CREATE TABLE ict_finding (
    trust TEXT NOT NULL,
    id TEXT NOT NULL,                        -- of the event: told twice, it is the same
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    account TEXT NOT NULL,                   -- pseudonym, "" where nobody's
    occurred_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, id)
) STRICT;
CREATE INDEX ict_finding_newest ON ict_finding (trust, school, received_ms);
CREATE TABLE site_count (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    category TEXT NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (trust, device_id, day, account, category)
) STRICT;
