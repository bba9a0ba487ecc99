-- What people keep up: nothing here comes from devices, and rebuilding leaves it alone.
-- Who holds a post and who covers: a short form such as initials, not a name.
CREATE TABLE office_holder (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    office TEXT NOT NULL,
    holder TEXT NOT NULL,
    cover TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, school, office)
) STRICT, WITHOUT ROWID;

-- Owners and reviews of clauses where they differ from what ships.
CREATE TABLE ledger_mark (
    trust TEXT NOT NULL,
    clause TEXT NOT NULL,
    owner TEXT NOT NULL,                     -- '' = as it ships
    reviewed_day TEXT NOT NULL,              -- '' = never
    reviewed_by TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (trust, clause)
) STRICT, WITHOUT ROWID;

-- Who is expected to sign and to be trained, by a reference: a payroll, admission or badge number.
CREATE TABLE register_person (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    since_day TEXT NOT NULL,
    PRIMARY KEY (trust, school, kind, reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement_version (
    trust TEXT NOT NULL,
    version TEXT NOT NULL,
    appendix INTEGER NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,                    -- SHA-256 of the text
    published_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, version, appendix)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement_signature (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    version TEXT NOT NULL,
    signed_day TEXT NOT NULL,
    PRIMARY KEY (trust, school, kind, reference, version, signed_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE training (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    course TEXT NOT NULL,
    taken_day TEXT NOT NULL,
    PRIMARY KEY (trust, school, kind, reference, course, taken_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_done (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    review TEXT NOT NULL,
    done_day TEXT NOT NULL,
    office TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (trust, school, review, done_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_trigger (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    review TEXT NOT NULL,
    asked_day TEXT NOT NULL,
    due_day TEXT NOT NULL,
    because TEXT NOT NULL,
    PRIMARY KEY (trust, school, review, asked_day)
) STRICT, WITHOUT ROWID;

-- Reports that are made by themselves, and what waits to be sent.
CREATE TABLE report_schedule (
    trust TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    report TEXT NOT NULL,
    school TEXT NOT NULL,                    -- '' = all schools of the trust
    every TEXT NOT NULL,
    address TEXT NOT NULL,
    attach INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    next_day TEXT NOT NULL,
    PRIMARY KEY (trust, schedule_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_post (
    trust TEXT NOT NULL,
    post_id TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    report TEXT NOT NULL,
    school TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    address TEXT NOT NULL,
    attach INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_ms INTEGER NOT NULL,
    sent_ms INTEGER,                         -- NULL = waits
    trouble TEXT NOT NULL,
    PRIMARY KEY (trust, post_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX episode_for_reports ON episode (trust, opened_ms);

-- Reports count alerts by what they are and never read their bytes.
CREATE INDEX alert_for_reports ON alert (
    trust, received_ms, school, canary, grade, risk_area, subcategory, age_band, channel, pack,
    device_id
);
