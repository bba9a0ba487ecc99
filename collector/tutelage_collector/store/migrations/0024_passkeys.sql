-- Passkeys of accounts, and what their secrets wrap. What a person made: no projection, kept by rebuild.
CREATE TABLE passkey (
    trust TEXT NOT NULL,
    credential_id TEXT NOT NULL,             -- as browsers write it: base64url
    account TEXT NOT NULL,
    name TEXT NOT NULL,                      -- what its owner calls it
    rp_id TEXT NOT NULL,                     -- the host name that it was made at: it works at no other
    public_key BLOB NOT NULL,                -- COSE
    signs INTEGER NOT NULL,                  -- its counter when it was last used to sign in
    salt BLOB NOT NULL,                      -- for what its secret is asked
    added_ms INTEGER NOT NULL,
    used_ms INTEGER,                         -- when it last signed somebody in
    PRIMARY KEY (trust, credential_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (trust, account);

-- A recipient's private key under a passkey's secret, which the collector never has.
CREATE TABLE passkey_wrap (
    trust TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    added_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, credential_id, key_id)
) STRICT, WITHOUT ROWID;
