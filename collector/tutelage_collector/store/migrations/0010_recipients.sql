-- To whom devices seal excerpts. What a person made: no projection, kept by rebuild.
CREATE TABLE recipient (
    trust TEXT NOT NULL,
    key_id TEXT NOT NULL,
    name TEXT NOT NULL,                      -- a role, never a person: dsl, deputy-1, recovery
    kind TEXT NOT NULL CHECK (kind IN ('dsl', 'deputy', 'head', 'recovery')),
    school TEXT NOT NULL,                    -- '' = every school of the trust
    public_key BLOB NOT NULL,
    browser_key TEXT NOT NULL,               -- JSON: the private half under its passphrase; '' = none
    state TEXT NOT NULL CHECK (state IN ('offered', 'active', 'replaced', 'removed')),
    added_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    PRIMARY KEY (trust, key_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recipient_active ON recipient (trust, name, school) WHERE state = 'active';

-- Content keys that a holder sealed to one more recipient. What was sealed stays as it was.
CREATE TABLE shared_key (
    trust TEXT NOT NULL,
    record TEXT NOT NULL,                    -- an event's id, or concern/CONCERN/ENTRY
    key_id TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    by_key_id TEXT NOT NULL,                 -- whose key opened it
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, record, key_id)
) STRICT, WITHOUT ROWID;
