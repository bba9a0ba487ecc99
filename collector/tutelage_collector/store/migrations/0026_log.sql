-- The edge of the log of all stored batches: what the next checkpoint's root is made of. Its leaves are
-- the heads in `batch`, in the order of `number`; where this row is missing it is made of them.
CREATE TABLE log_edge (
    trust TEXT NOT NULL,
    edge BLOB NOT NULL,
    PRIMARY KEY (trust)
) STRICT, WITHOUT ROWID;
