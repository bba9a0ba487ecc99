-- What agents obey, as it was signed by keys that are not here, and what it names by hash.
-- Made by people: not a projection, and kept by "store rebuild". Appended, never changed.
CREATE TABLE signed_document (
    trust TEXT NOT NULL,
    role TEXT NOT NULL,                      -- root, policy, recipients
    version INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    data BLOB NOT NULL,                      -- SignedDocument, never re-serialised
    published_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, role, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX signed_document_by_hash ON signed_document (trust, sha256);

CREATE TABLE artefact (
    trust TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    name TEXT NOT NULL,                      -- kcsie@1.4.0
    data BLOB NOT NULL,                      -- a built pack
    published_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, sha256)
) STRICT, WITHOUT ROWID;
