//! What leaves a study, made from its ledger and, where it was opened, its key.

use crate::ledger::{Ledger, Verified};
use crate::report::{Audit, DisplayRow, KeyOpening, StudyData};
use crate::study::{
    EventKind, KEEPER, Key, ONLY_ARM, Reading, TableRow, audit_csv, audit_json_lines,
    dictionary_csv, export_csv, imrmc_csv, rfc3339, write_new_set,
};
use std::collections::BTreeMap;
use std::path::Path;

/// All that a report says of a study, from its ledger and its key. A study that is not in order is
/// refused, unless `problem` says that somebody knows and wants it all the same.
///
/// # Errors
/// When the study is not in order, and when the key is not its own.
pub fn study_data(
    ledger: &Ledger,
    key: &Key,
    model_cards: Vec<(String, String)>,
    problem: Option<String>,
) -> anyhow::Result<StudyData> {
    Ok(StudyData {
        protocol: key.protocol().clone(),
        protocol_sha256: ledger.protocol_sha256()?,
        unsealing: unsealing(ledger)?,
        readings: ledger.readings(Some(key))?,
        displays: displays(ledger)?,
        audit: audit(ledger, problem)?,
        model_cards,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The tests of displays.
fn displays(ledger: &Ledger) -> anyhow::Result<Vec<DisplayRow>> {
    let tests = ledger.events(None)?.into_iter();
    let tests = tests.filter_map(|event| match event.kind {
        EventKind::DisplayTested { installment, test } => Some(DisplayRow {
            rater: event.author,
            installment,
            at_utc: rfc3339(event.at_unix_millis),
            test: Some(test),
        }),
        _ => None,
    });
    Ok(tests.collect())
}

/// How the key was opened first.
fn unsealing(ledger: &Ledger) -> anyhow::Result<Option<KeyOpening>> {
    let events = ledger.events(Some(KEEPER))?;
    let opened = events.into_iter().find_map(|event| match event.kind {
        EventKind::Unsealed { unsigned, reason } => Some(KeyOpening {
            at_utc: rfc3339(event.at_unix_millis),
            unsigned,
            reason,
        }),
        _ => None,
    });
    Ok(opened)
}

/// The coordinator's own events are left out: a report must not change by being exported again.
fn audit(ledger: &Ledger, problem: Option<String>) -> anyhow::Result<Audit> {
    let verified = match problem {
        Some(_) => None,
        None => Some(ledger.verify()?),
    };
    let mut audit = Audit {
        problem,
        remarks: verified.as_ref().map(remarks).unwrap_or_default(),
        ..Audit::default()
    };
    for rater in ledger.raters()? {
        let events = ledger.events(Some(&rater))?;
        for event in &events {
            *audit
                .n_events
                .entry(event.kind.name().to_owned())
                .or_default() += 1;
            let is_idle = matches!(event.kind, EventKind::Paused { idle: true });
            audit.n_idle_marks += u64::from(is_idle);
            let at = rfc3339(event.at_unix_millis);
            if audit.first_utc.is_empty() || at < audit.first_utc {
                audit.first_utc.clone_from(&at);
            }
            if at > audit.last_utc {
                audit.last_utc = at;
            }
        }
        if let Some(head) = verified.as_ref().and_then(|of| of.heads.get(&rater)) {
            audit.heads.push((rater, head.clone()));
        }
    }
    Ok(audit)
}

/// What of a study in order is to be known all the same.
fn remarks(verified: &Verified) -> Vec<String> {
    let mut remarks = verified.clocks();
    for (rater, key) in &verified.rater_keys {
        if !key.is_vouched {
            remarks.push(format!(
                "Nothing but the file itself says that the key which signed for {rater} is theirs."
            ));
        }
    }
    if verified.n_not_countersigned > 0 {
        remarks.push(format!(
            "{} events of raters are not countersigned by the coordinator.",
            verified.n_not_countersigned
        ));
    }
    remarks
}

/// Grades by case code alone: what may be computed while a study is sealed.
#[must_use]
pub fn sealed_table(readings: &[Reading]) -> Vec<TableRow> {
    let counted = readings.iter().filter(|reading| reading.counts());
    let graded = counted.filter_map(|row| Some((row, row.grade?)));
    graded
        .map(|(row, grade)| TableRow {
            rater: row.rater.clone(),
            patient: row.case_code.clone(),
            arm: ONLY_ARM.to_owned(),
            grade: f64::from(grade),
        })
        .collect()
}

/// Writes everything that leaves a study into a folder, which is made where there is none: all of
/// the files or none of them, and none over another. Patients and arms stand in them only with the
/// key. `truth` says what is true of patients, where it is known. Recording the export in the
/// ledger is the caller's to do. `problem` says why the study is not in order, where that is known
/// and wanted all the same; a file says it then.
///
/// # Errors
/// When the study cannot be read from, and when a file is there already or cannot be written.
pub fn write_everything(
    ledger: &Ledger,
    key: Option<&Key>,
    truth: &BTreeMap<String, bool>,
    folder: &Path,
    problem: Option<&str>,
) -> anyhow::Result<()> {
    let readings = ledger.readings(key)?;
    let events = ledger.audit()?;
    let instructions = ledger.instructions()?;
    let mut files = Vec::new();
    let mut add = |name: &str, fill: &dyn Fn(&mut Vec<u8>) -> anyhow::Result<()>| {
        let mut bytes = Vec::new();
        fill(&mut bytes)?;
        files.push((name.to_owned(), bytes));
        anyhow::Ok(())
    };
    add("grades.csv", &|out| Ok(export_csv(&readings, out)?))?;
    add("dictionary.csv", &|out| Ok(dictionary_csv(out)?))?;
    add("audit.csv", &|out| Ok(audit_csv(&events, out)?))?;
    add("audit.jsonl", &|out| Ok(audit_json_lines(&events, out)?))?;
    add("instructions.json", &|out| {
        Ok(serde_json::to_writer_pretty(out, &instructions)?)
    })?;
    if let Some(problem) = problem {
        add("NOT-VERIFIED.txt", &|out| {
            out.extend(format!("{problem}\n").into_bytes());
            Ok(())
        })?;
    }
    if let Some(key) = key {
        add("imrmc.csv", &|out| Ok(imrmc_csv(&readings, truth, out)?))?;
        add("protocol.toml", &|out| {
            out.extend(key.protocol().to_toml()?.into_bytes());
            Ok(())
        })?;
    }
    Ok(write_new_set(folder, &files)?)
}
