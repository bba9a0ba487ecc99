-- What people did about alerts, and who was told. None of it is a projection: it survives rebuild.
CREATE TABLE alert_state (
    trust TEXT NOT NULL,
    event_id TEXT NOT NULL,
    episode_id TEXT NOT NULL,
    grade INTEGER NOT NULL,                  -- after the collector's own rules
    raised TEXT NOT NULL,                    -- why it is higher than the device's, one reason a line
    standing TEXT NOT NULL CHECK (standing IN ('new', 'acknowledged', 'concern', 'closed')),
    changed_by TEXT NOT NULL,                -- account; '' = nobody yet
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_state_by_episode ON alert_state (trust, episode_id);
CREATE INDEX alert_state_by_change ON alert_state (trust, changed_ms);

-- One pupil at one device within a window of time: what people are told of, once.
CREATE TABLE episode (
    trust TEXT NOT NULL,
    episode_id TEXT NOT NULL,                -- the event of its first alert
    school TEXT NOT NULL,
    device_id TEXT NOT NULL,
    account TEXT NOT NULL,                   -- pseudonym; '' = nobody was signed in
    handling TEXT NOT NULL,
    grade INTEGER NOT NULL,                  -- the highest of its alerts
    any_hour INTEGER NOT NULL,               -- 1 = quiet hours do not hold it back
    alerts INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL,
    latest_ms INTEGER NOT NULL,
    acknowledged_by TEXT NOT NULL,
    acknowledged_ms INTEGER,
    look_ms INTEGER,                         -- when escalation must look next; NULL = never again
    says TEXT NOT NULL,                      -- what happens next, or why nothing does
    PRIMARY KEY (trust, episode_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX episode_by_time ON episode (trust, latest_ms);
CREATE INDEX episode_by_school ON episode (trust, school, latest_ms);
CREATE INDEX episode_open ON episode (trust, device_id, account) WHERE acknowledged_ms IS NULL;
CREATE INDEX episode_waiting ON episode (trust, latest_ms)
    WHERE acknowledged_ms IS NULL AND handling IN ('ladder', 'machines', 'before');
CREATE INDEX episode_to_look_at ON episode (trust, look_ms) WHERE look_ms IS NOT NULL;

-- How far alerts have been put into episodes.
CREATE TABLE taken_in (
    trust TEXT NOT NULL,
    number INTEGER NOT NULL,                 -- of the alert that came last
    PRIMARY KEY (trust)
) STRICT, WITHOUT ROWID;

-- Counts over weeks: the same account, the same kind of harm at a school.
CREATE INDEX alert_by_account ON alert (trust, account, received_ms) WHERE account <> '';
CREATE INDEX alert_by_kind ON alert (trust, school, subcategory, received_ms);

-- What came before people could be told is shown, and nobody is woken up for it now.
INSERT INTO alert_state
    SELECT trust, event_id, event_id, grade, '', 'new', '', received_ms FROM alert;
INSERT INTO episode
    SELECT trust, event_id, school, device_id, account, 'before', grade, 0, 1, received_ms,
           received_ms, '', NULL, NULL,
           'It came before this collector could tell people; it is shown here only.'
    FROM alert;
INSERT INTO taken_in SELECT trust, max(number) FROM alert GROUP BY trust;

-- Who is on duty when: a document, every version of which is kept.
CREATE TABLE rota (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    document TEXT NOT NULL,                  -- TOML, as `rota import` reads it
    PRIMARY KEY (trust, school, version)
) STRICT, WITHOUT ROWID;

-- Who was told of an episode, in order.
CREATE TABLE step (
    trust TEXT NOT NULL,
    episode_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    person TEXT NOT NULL,
    duty TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    grade INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, episode_id, number)
) STRICT, WITHOUT ROWID;

-- Messages: one a person and way, for all that waits for this person.
CREATE TABLE notice (
    trust TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    school TEXT NOT NULL,
    person TEXT NOT NULL,
    way TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'sending', 'delivered', 'dead', 'withdrawn')),
    attempts INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    next_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    error TEXT NOT NULL,
    PRIMARY KEY (trust, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_due ON notice (trust, kind, next_ms) WHERE state = 'waiting';
CREATE INDEX notice_by_time ON notice (trust, created_ms);

CREATE TABLE step_notice (
    trust TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    episode_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (trust, notice_id, episode_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX step_notice_by_step ON step_notice (trust, episode_id, number);
