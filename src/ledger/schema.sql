-- The store of one study, version 3: a coordinator's, or the part of one rater. Nothing in here
-- names a patient or a path, and arms only once they were exported with the key.
-- Filled once by Ledger::create and then frozen (freeze.sql); only event grows.

-- One row. sha256 covers this row and all raters, and begins the coordinator's chain of events.
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- What raters are told of the protocol, and the hash of all of it.
    instructions TEXT NOT NULL CHECK (json_valid(instructions)),
    protocol_sha256 TEXT NOT NULL CHECK (length(protocol_sha256) = 64),
    created_unix_millis INTEGER NOT NULL,
    app_version TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

-- sha256 covers the study, the rater's worklist and its pictures, and begins the rater's chain of
-- events. It is the same in the coordinator's file and in the rater's own.
CREATE TABLE rater (
    seat INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

-- Planes are 256 x 256 little-endian u16, row 0 at the top, all of one size. The hash stands before
-- them, because SQLite goes through a row from its beginning.
CREATE TABLE case_image (
    code TEXT PRIMARY KEY,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    axial BLOB NOT NULL CHECK (length(axial) = 131072),
    sagittal BLOB NOT NULL CHECK (length(sagittal) = 131072)
) STRICT;

-- Installments and positions count from 1; installment 0 is the training before.
CREATE TABLE worklist (
    rater TEXT NOT NULL REFERENCES rater (name),
    installment INTEGER NOT NULL CHECK (installment >= 0),
    position INTEGER NOT NULL CHECK (position >= 1),
    code TEXT NOT NULL REFERENCES case_image (code),
    PRIMARY KEY (rater, installment, position),
    UNIQUE (rater, installment, position, code)
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
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    kind TEXT GENERATED ALWAYS AS (json_extract(content, '$.kind')) VIRTUAL CHECK (
        kind IN (
            'opened', 'graded', 'skipped', 'corrected', 'paused', 'resumed', 'begun_early',
            'signed', 'merged', 'exported', 'unsealed'
        )
    ),
    replaces INTEGER GENERATED ALWAYS AS (json_extract(content, '$.replaces')) VIRTUAL,
    UNIQUE (author, seq),
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
