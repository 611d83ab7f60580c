-- Run once the study is filled: from here on nothing changes, and only event grows.

CREATE TRIGGER study_no_update BEFORE UPDATE ON study
BEGIN SELECT RAISE(ABORT, 'study is append-only: UPDATE refused'); END;

CREATE TRIGGER study_no_delete BEFORE DELETE ON study
BEGIN SELECT RAISE(ABORT, 'study is append-only: DELETE refused'); END;

CREATE TRIGGER study_no_insert BEFORE INSERT ON study
BEGIN SELECT RAISE(ABORT, 'study is frozen: INSERT refused'); END;

CREATE TRIGGER rater_no_update BEFORE UPDATE ON rater
BEGIN SELECT RAISE(ABORT, 'rater is append-only: UPDATE refused'); END;

CREATE TRIGGER rater_no_delete BEFORE DELETE ON rater
BEGIN SELECT RAISE(ABORT, 'rater is append-only: DELETE refused'); END;

CREATE TRIGGER rater_no_insert BEFORE INSERT ON rater
BEGIN SELECT RAISE(ABORT, 'rater is frozen: INSERT refused'); END;

CREATE TRIGGER case_image_no_update BEFORE UPDATE ON case_image
BEGIN SELECT RAISE(ABORT, 'case_image is append-only: UPDATE refused'); END;

CREATE TRIGGER case_image_no_delete BEFORE DELETE ON case_image
BEGIN SELECT RAISE(ABORT, 'case_image is append-only: DELETE refused'); END;

CREATE TRIGGER case_image_no_insert BEFORE INSERT ON case_image
BEGIN SELECT RAISE(ABORT, 'case_image is frozen: INSERT refused'); END;

CREATE TRIGGER worklist_no_update BEFORE UPDATE ON worklist
BEGIN SELECT RAISE(ABORT, 'worklist is append-only: UPDATE refused'); END;

CREATE TRIGGER worklist_no_delete BEFORE DELETE ON worklist
BEGIN SELECT RAISE(ABORT, 'worklist is append-only: DELETE refused'); END;

CREATE TRIGGER worklist_no_insert BEFORE INSERT ON worklist
BEGIN SELECT RAISE(ABORT, 'worklist is frozen: INSERT refused'); END;

CREATE TRIGGER opening_no_update BEFORE UPDATE ON opening
BEGIN SELECT RAISE(ABORT, 'opening is append-only: UPDATE refused'); END;

CREATE TRIGGER opening_no_delete BEFORE DELETE ON opening
BEGIN SELECT RAISE(ABORT, 'opening is append-only: DELETE refused'); END;

CREATE TRIGGER opening_no_insert BEFORE INSERT ON opening
BEGIN SELECT RAISE(ABORT, 'opening is frozen: INSERT refused'); END;

CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'receipt is append-only: UPDATE refused'); END;

CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'receipt is append-only: DELETE refused'); END;

CREATE TRIGGER receipt_no_insert BEFORE INSERT ON receipt
BEGIN SELECT RAISE(ABORT, 'receipt is frozen: INSERT refused'); END;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only: UPDATE refused'); END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only: DELETE refused'); END;

-- INSERT OR REPLACE deletes the row in its way without firing a DELETE trigger.
CREATE TRIGGER event_no_replace BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM event WHERE author = NEW.author AND seq = NEW.seq)
    OR EXISTS (
        SELECT 1 FROM event
        WHERE author = NEW.author AND replaces = json_extract(NEW.content, '$.replaces'))
    OR (json_extract(NEW.content, '$.kind') IN ('graded', 'skipped') AND EXISTS (
        SELECT 1 FROM event
        WHERE author = NEW.author AND installment = NEW.installment
            AND position = NEW.position AND kind IN ('graded', 'skipped')))
BEGIN SELECT RAISE(ABORT, 'event is append-only: this place is taken'); END;
