-- The store of one study, version 5: a coordinator's, or the part of one rater. Nothing in here
-- names a patient or a path, and arms only once they were exported with the key. Version 4, which a
-- study has that asks for no test of displays, lacks the kind of event of that name.
-- Filled once by Ledger::create and then frozen (freeze.sql); only event grows.

-- One row. sha256 covers this row and all raters, and begins the coordinator's chain of events.
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- What raters are told of the protocol, and the hash of all of it.
    instructions TEXT NOT NULL CHECK (json_valid(instructions)),
    protocol_sha256 TEXT NOT NULL CHECK (length(protocol_sha256) = 64),
    created_unix_millis INTEGER NOT NULL,
    app_version TEXT NOT NULL,
    -- Public; what the coordinator does is signed with its secret half.
    coordinator_key TEXT NOT NULL CHECK (length(coordinator_key) = 64),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

-- sha256 covers the study, the rater's key and worklist and its pictures, and begins the rater's
-- chain of events. It is the same in the coordinator's file and in the rater's own.
CREATE TABLE rater (
    seat INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    -- Public, where the rater enrolled before the study was made.
    public_key TEXT CHECK (length(public_key) = 64),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

-- Two planes of 256 x 256 bytes, row 0 at the top, encrypted with a key of the picture's own: all of
-- one size. The hash stands before them, because SQLite goes through a row from its beginning.
CREATE TABLE case_image (
    code TEXT PRIMARY KEY,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    sealed BLOB NOT NULL CHECK (length(sealed) = 131088)
) STRICT;

-- Installments and positions count from 1; installment 0 is the training before. The picture's key
-- is wrapped with the key of the rater's installment.
CREATE TABLE worklist (
    rater TEXT NOT NULL REFERENCES rater (name),
    installment INTEGER NOT NULL CHECK (installment >= 0),
    position INTEGER NOT NULL CHECK (position >= 1),
    code TEXT NOT NULL REFERENCES case_image (code),
    wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) = 48),
    PRIMARY KEY (rater, installment, position),
    UNIQUE (rater, installment, position, code)
) STRICT;

-- Keys of installments that need no release: training, the first, and all where the protocol
-- leaves them open.
CREATE TABLE opening (
    rater TEXT NOT NULL REFERENCES rater (name),
    installment INTEGER NOT NULL CHECK (installment >= 0),
    installment_key BLOB NOT NULL CHECK (length(installment_key) = 32),
    PRIMARY KEY (rater, installment)
) STRICT;

-- In a package: what the coordinator's file held when it was written. At most one row.
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    content TEXT NOT NULL CHECK (json_valid(content))
) STRICT;

-- AUTOINCREMENT so that sqlite_sequence remembers how many rows there were. The author is a rater
-- or, for the coordinator, ''. Each author has a chain of their own, numbered by seq.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    at_unix_millis INTEGER NOT NULL,
    installment INTEGER,
    position INTEGER,
    code TEXT,
    content TEXT NOT NULL CHECK (json_valid(content)),
    app_version TEXT NOT NULL,
    -- Which run of the program, and how long it had run by a clock that nobody can set.
    sitting TEXT NOT NULL,
    elapsed_millis INTEGER NOT NULL CHECK (elapsed_millis >= 0),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- The coordinator's, under sha256, hexadecimal.
    signature TEXT CHECK (length(signature) = 128),
    kind TEXT GENERATED ALWAYS AS (json_extract(content, '$.kind')) VIRTUAL CHECK (
        kind IN (
            'opened', 'graded', 'skipped', 'corrected', 'paused', 'resumed', 'begun_early',
            'unlocked', 'signed', 'pinned', 'merged', 'released', 'exported', 'unsealed', 'display_tested'
        )
    ),
    replaces INTEGER GENERATED ALWAYS AS (json_extract(content, '$.replaces')) VIRTUAL,
    UNIQUE (author, seq),
    CHECK ((author = '') = (signature IS NOT NULL)),
    CHECK ((installment IS NULL) = (code IS NULL) AND (position IS NULL) = (code IS NULL)),
    FOREIGN KEY (author, installment, position, code)
        REFERENCES worklist (rater, installment, position, code)
) STRICT;

-- One first verdict for each place; what comes later must say which one it replaces.
CREATE UNIQUE INDEX graded_once ON event (author, installment, position)
WHERE kind IN ('graded', 'skipped');

CREATE UNIQUE INDEX replaced_once ON event (author, replaces) WHERE replaces IS NOT NULL;

-- What is asked before each grade.
CREATE INDEX happened ON event (author, kind);
