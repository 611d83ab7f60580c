-- The store of one study, version 2. Nothing in here names a patient, an arm or a path.
-- Filled once by Ledger::create and then frozen (freeze.sql); only grade grows.

-- One row. sha256 covers this row and the three tables below, and begins the chain of grades.
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- What raters are told of the protocol, and the hash of all of it.
    instructions TEXT NOT NULL CHECK (json_valid(instructions)),
    protocol_sha256 TEXT NOT NULL CHECK (length(protocol_sha256) = 64),
    created_unix_millis INTEGER NOT NULL,
    app_version TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

CREATE TABLE rater (
    seat INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Planes are 256 x 256 little-endian u16, row 0 at the top, all of one size.
CREATE TABLE case_image (
    code TEXT PRIMARY KEY,
    axial BLOB NOT NULL CHECK (length(axial) = 131072),
    sagittal BLOB NOT NULL CHECK (length(sagittal) = 131072)
) STRICT;

-- Installments and positions count from 1.
CREATE TABLE worklist (
    rater TEXT NOT NULL REFERENCES rater (name),
    installment INTEGER NOT NULL CHECK (installment >= 1),
    position INTEGER NOT NULL CHECK (position >= 1),
    code TEXT NOT NULL REFERENCES case_image (code),
    PRIMARY KEY (rater, installment, position),
    UNIQUE (rater, installment, position, code)
) STRICT;

-- AUTOINCREMENT so that sqlite_sequence remembers how many rows there were.
CREATE TABLE grade (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rater TEXT NOT NULL,
    installment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 255),
    opened_unix_millis INTEGER NOT NULL,
    committed_unix_millis INTEGER NOT NULL,
    app_version TEXT NOT NULL,
    display TEXT NOT NULL CHECK (json_valid(display)),
    replaces INTEGER UNIQUE REFERENCES grade (id) CHECK (replaces < id),
    reason TEXT CHECK ((reason IS NULL) = (replaces IS NULL)),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    FOREIGN KEY (rater, installment, position, code)
        REFERENCES worklist (rater, installment, position, code)
) STRICT;

-- One first grade for each place; what comes later must say which row it replaces.
CREATE UNIQUE INDEX grade_once ON grade (rater, installment, position) WHERE replaces IS NULL;
