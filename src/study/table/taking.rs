//! From the text of a table to grades.

use std::collections::BTreeMap;

use super::{
    GradeTable, ONLY_ARM, OpenedColumns, OpenedTable, REFERENCE_ARM, TableOptions, TableRow,
    cells::{CellRules, CellValue, GradeCell, Grades},
    layout::{Header, Layout, Long, Wide},
};
use crate::study::{
    ReadingStatus, StudyError,
    delimited::{Delimited, Row},
};

/// What else an arm of real images may be called.
const REFERENCES: [&str; 12] = [
    "gt",
    "ground truth",
    "ground_truth",
    "groundtruth",
    "ground-truth",
    "reference",
    "ref",
    "original",
    "actual",
    "true",
    "acquired",
    "measured",
];

/// Who tells the truth in a table for the iMRMC software.
const TRUTHS: [&str; 2] = ["truth", "-1"];

pub(super) fn taken(table: &Delimited, options: &TableOptions) -> Result<OpenedTable, StudyError> {
    let mut assumed = table.assumed.clone();
    let cells = CellRules::of(options);
    let header = Header::of(table, &cells, options, &mut assumed)?;
    match Layout::of(table, &header, &cells, options, &mut assumed)? {
        Layout::Long(long) => taken_long(table, &header, &cells, long, options, assumed),
        Layout::Wide(wide) => taken_wide(table, &header, &cells, &wide, options, assumed),
    }
}

pub(super) fn columns_of(
    table: &Delimited,
    names: &[String],
    options: &TableOptions,
) -> Result<OpenedColumns, StudyError> {
    let mut assumed = table.assumed.clone();
    let cells = CellRules::of(options);
    let header = Header::of(table, &cells, options, &mut assumed)?;
    let places = names.iter().map(|name| header.named(table, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let data = &table.rows[header.n_rows..];
    let mut values = Vec::new();
    for at in places {
        let column: Vec<GradeCell<'_>> = data.iter().map(|row| given(&header, row, at)).collect();
        // Numbers need no scale here; only words do.
        let own = TableOptions {
            measured: options.levels.is_empty(),
            ..options.clone()
        };
        let is_word = column
            .iter()
            .any(|of| cells.look(of.text) == CellValue::Word);
        let own = match is_word {
            true => own,
            false => TableOptions {
                levels: Vec::new(),
                measured: true,
                ..own
            },
        };
        let mut words = Vec::new();
        let grades = Grades::of(table, &cells, &column, &own, false, &mut words)?;
        words.retain(|words| !words.starts_with("measurements"));
        assumed.extend(words);
        let numbers = column.iter().map(|of| grades.value(&cells, of.text));
        values.push(numbers.collect());
    }
    Ok(OpenedColumns { values, assumed })
}

fn given<'a>(header: &'a Header, row: &'a Row, at: usize) -> GradeCell<'a> {
    GradeCell {
        line: row.line,
        column: &header.names[at],
        text: &row.fields[at],
    }
}

/// A field that must say something.
fn filled<'a>(
    table: &Delimited,
    header: &Header,
    row: &'a Row,
    at: usize,
) -> Result<&'a str, StudyError> {
    match row.fields[at].as_str() {
        "" => Err(table.field_error(row.line, &header.names[at], "", "must not be empty")),
        text => Ok(text),
    }
}

fn taken_long(
    table: &Delimited,
    header: &Header,
    cells: &CellRules,
    long: Long,
    options: &TableOptions,
    mut assumed: Vec<String>,
) -> Result<OpenedTable, StudyError> {
    let data = &table.rows[header.n_rows..];
    let mut kept = Vec::new();
    let (mut n_left_out, mut truth) = (0, BTreeMap::new());
    for row in data
        .iter()
        .filter(|row| row.fields.iter().any(|of| !of.is_empty()))
    {
        if !counts(table, header, row)? {
            n_left_out += 1;
        } else if !is_truth(header, cells, row, &long, &mut truth, table)? {
            kept.push(row);
        }
    }
    if n_left_out > 0 {
        assumed.push(format!(
            "{n_left_out} rows left out by their status or as repeats"
        ));
    }
    if !truth.is_empty() {
        assumed.push("rows of the reader \"truth\" are what is true of each case".into());
    }
    if let Some(column) = &options.truth {
        let at = header.named(table, column)?;
        truth = truth_of(table, header, long.unit, at, data)?;
    } else if let Some(at) = header.place("truth").filter(|at| *at != long.value) {
        let name = &header.names[at];
        assumed.push(format!(
            "column \"{name}\" is not used (--truth {name} uses it)"
        ));
    }
    let values: Vec<GradeCell<'_>> = kept
        .iter()
        .map(|row| given(header, row, long.value))
        .collect();
    let is_study = is_reading_study(header, &kept, &long, options);
    let grades = Grades::of(table, cells, &values, options, is_study, &mut assumed)?;
    let mut taken = Vec::new();
    for row in kept {
        if let Some(grade) = grades.value(cells, &row.fields[long.value]) {
            taken.push((row.line, long_row(table, header, row, &long, grade)?));
        }
    }
    merge_arms(&mut taken, &mut assumed);
    rename_reference(table, &mut taken, options, &mut assumed)?;
    alike_names(table, &taken, options)?;
    let unit = &header.names[long.unit];
    finished(table, taken, unit, grades, truth, assumed)
}

/// Real images beside others, or our own export.
fn is_reading_study(header: &Header, kept: &[&Row], long: &Long, options: &TableOptions) -> bool {
    let is_export = header.place("case_code").is_some() && header.place("status").is_some();
    let is_reference = |arm: &str| {
        let arm = arm.to_lowercase();
        arm == REFERENCE_ARM || REFERENCES.contains(&arm.as_str())
    };
    let has_reference = long.by.is_some_and(|by| {
        options.reference.is_some() || kept.iter().any(|row| is_reference(&row.fields[by]))
    });
    is_export || has_reference
}

/// Whether a row of our own export stands and is no repeat; rows of others do.
fn counts(table: &Delimited, header: &Header, row: &Row) -> Result<bool, StudyError> {
    let field = |name: &str| header.names.iter().position(|own| own == name);
    let text = |name: &str| field(name).map_or("", |at| row.fields[at].as_str());
    let status = text("status");
    let known = ReadingStatus::ALL.into_iter();
    let stands = match known.clone().find(|of| of.name() == status) {
        Some(of) => matches!(of, ReadingStatus::Graded | ReadingStatus::Corrected),
        None if status.is_empty() => true,
        None => {
            let names: Vec<&str> = known.map(ReadingStatus::name).collect();
            let why = format!("is not one of {}", names.join(", "));
            return Err(table.field_error(row.line, "status", status, &why));
        }
    };
    Ok(stands && text("is_repeat") != "yes")
}

/// Takes a row that tells the truth of its case.
fn is_truth(
    header: &Header,
    cells: &CellRules,
    row: &Row,
    long: &Long,
    truth: &mut BTreeMap<String, bool>,
    table: &Delimited,
) -> Result<bool, StudyError> {
    let rater = row.fields[long.rater].to_lowercase();
    let arm = long
        .by
        .map_or("truth", |by| row.fields[by].as_str())
        .to_lowercase();
    let is_arm = TRUTHS.contains(&arm.as_str()) || arm == "0" || arm.is_empty();
    if !TRUTHS.contains(&rater.as_str()) || !is_arm {
        return Ok(false);
    }
    let text = &row.fields[long.value];
    let is = match cells.look(text) {
        CellValue::Number(value) if value == 0.0 || value == 1.0 => value == 1.0,
        _ => {
            let name = &header.names[long.value];
            return Err(table.field_error(row.line, name, text, "is neither 0 nor 1, but a truth"));
        }
    };
    let unit = filled(table, header, row, long.unit)?;
    truth.insert(unit.to_owned(), is);
    Ok(true)
}

pub(super) fn truth_alone(table: &Delimited) -> Result<BTreeMap<String, bool>, StudyError> {
    let options = TableOptions {
        header: Some(true),
        ..TableOptions::default()
    };
    let header = Header::of(table, &CellRules::of(&options), &options, &mut Vec::new())?;
    let at = header.named(table, "truth")?;
    let unit = header.unit(table)?;
    truth_of(table, &header, unit, at, &table.rows[header.n_rows..])
}

/// 0 or 1, no or yes, false or true. Rows without a truth say nothing.
fn truth_of(
    table: &Delimited,
    header: &Header,
    unit: usize,
    at: usize,
    data: &[Row],
) -> Result<BTreeMap<String, bool>, StudyError> {
    let mut truths = BTreeMap::new();
    for row in data {
        let said = &row.fields[at];
        let error = |problem: &str| table.field_error(row.line, &header.names[at], said, problem);
        let is = match said.to_lowercase().as_str() {
            "" => continue,
            "0" | "no" | "false" => false,
            "1" | "yes" | "true" => true,
            _ => return Err(error("is neither 0 nor 1")),
        };
        let name = filled(table, header, row, unit)?.to_owned();
        if truths.insert(name, is) == Some(!is) {
            return Err(error("is not what another row of this unit says"));
        }
    }
    Ok(truths)
}

fn long_row(
    table: &Delimited,
    header: &Header,
    row: &Row,
    long: &Long,
    grade: f64,
) -> Result<TableRow, StudyError> {
    let text = |at: usize| row.fields[at].as_str();
    let code = header.names.iter().position(|name| name == "case_code");
    let code = code.filter(|at| *at != long.unit).map_or("", text);
    let arm = long.by.map_or("", text);
    if text(long.unit).is_empty() && arm.is_empty() && !code.is_empty() {
        let problem = StudyError::StillBlind(code.to_owned()).to_string();
        return Err(table.field_error(row.line, "patient", "", problem));
    }
    let must = |at: usize| filled(table, header, row, at).map(str::to_owned);
    Ok(TableRow {
        rater: must(long.rater)?,
        patient: must(long.unit)?,
        arm: match long.by {
            None => ONLY_ARM.to_owned(),
            Some(by) => must(by)?,
        },
        grade,
    })
}

/// Arms that differ by upper case only are one.
fn merge_arms(taken: &mut [(u64, TableRow)], assumed: &mut Vec<String>) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut merged: Vec<String> = Vec::new();
    for (_, row) in taken {
        let known = first
            .entry(row.arm.to_lowercase())
            .or_insert_with(|| row.arm.clone());
        if *known != row.arm {
            let words = format!("arms \"{known}\" and \"{}\" are one", row.arm);
            if !merged.contains(&words) {
                merged.push(words);
            }
            row.arm.clone_from(known);
        }
    }
    assumed.extend(merged);
}

/// Gives the reference its usual name.
fn rename_reference(
    table: &Delimited,
    taken: &mut [(u64, TableRow)],
    options: &TableOptions,
    assumed: &mut Vec<String>,
) -> Result<(), StudyError> {
    let mut arms: Vec<String> = taken.iter().map(|(_, row)| row.arm.clone()).collect();
    arms.sort();
    arms.dedup();
    let named = |name: &str| {
        arms.iter()
            .find(|arm| arm.eq_ignore_ascii_case(name))
            .cloned()
    };
    let reference = match &options.reference {
        Some(name) => Some(named(name).ok_or_else(|| {
            let problem = format!("there is no arm \"{name}\" among {}", arms.join(", "));
            table.header_error(problem)
        })?),
        None if named(REFERENCE_ARM).is_some() => return Ok(()),
        None => {
            let is_one = |arm: &&String| REFERENCES.contains(&arm.to_lowercase().as_str());
            let found: Vec<&String> = arms.iter().filter(is_one).collect();
            match found[..] {
                [] => None,
                [only] => Some(only.clone()),
                [first, second, ..] => {
                    return Err(table.header_error(format!(
                        "arms \"{first}\" and \"{second}\" could both be the real images: say which \
                         by --reference"
                    )));
                }
            }
        }
    };
    let Some(reference) = reference else {
        if arms.len() > 1 {
            assumed.push("no arm is known to be the reference (--reference names it)".into());
        }
        return Ok(());
    };
    for (_, row) in taken.iter_mut().filter(|(_, row)| row.arm == reference) {
        row.arm = REFERENCE_ARM.to_owned();
    }
    assumed.push(format!("arm \"{reference}\" is the real images"));
    Ok(())
}

/// Two names that differ by upper case only are most likely one person or one patient.
fn alike_names(
    table: &Delimited,
    taken: &[(u64, TableRow)],
    options: &TableOptions,
) -> Result<(), StudyError> {
    if options.case_matters {
        return Ok(());
    }
    type Name = fn(&TableRow) -> &String;
    let names: [(&str, Name); 2] = [("raters", |row| &row.rater), ("units", |row| &row.patient)];
    for (what, name) in names {
        let mut first: BTreeMap<String, &String> = BTreeMap::new();
        for (line, row) in taken {
            let name = name(row);
            let known = first.entry(name.to_lowercase()).or_insert(name);
            if *known != name {
                return Err(table.header_error(format!(
                    "{what} \"{known}\" and \"{name}\" (line {line}) differ by upper case only: \
                     write them alike, or say --case-matters if they are two"
                )));
            }
        }
    }
    Ok(())
}

fn taken_wide(
    table: &Delimited,
    header: &Header,
    cells: &CellRules,
    wide: &Wide,
    options: &TableOptions,
    mut assumed: Vec<String>,
) -> Result<OpenedTable, StudyError> {
    let data = &table.rows[header.n_rows..];
    let values: Vec<GradeCell<'_>> = data
        .iter()
        .flat_map(|row| wide.raters.iter().map(|at| given(header, row, *at)))
        .collect();
    let grades = Grades::of(table, cells, &values, options, false, &mut assumed)?;
    let mut taken = Vec::new();
    for (number, row) in (1..).zip(data) {
        let patient = match wide.unit {
            Some(at) if row.fields.iter().any(|field| !field.is_empty()) => {
                filled(table, header, row, at)?.to_owned()
            }
            Some(_) => continue,
            // Padded, so that alphabetical order is the file's order.
            None => format!("unit {number:06}"),
        };
        for at in &wide.raters {
            if let Some(grade) = grades.value(cells, &row.fields[*at]) {
                let row_of = TableRow {
                    rater: header.names[*at].clone(),
                    patient: patient.clone(),
                    arm: ONLY_ARM.into(),
                    grade,
                };
                taken.push((row.line, row_of));
            }
        }
    }
    alike_names(table, &taken, options)?;
    let unit = wide.unit.map_or("unit", |at| header.names[at].as_str());
    finished(table, taken, unit, grades, BTreeMap::new(), assumed)
}

fn finished(
    table: &Delimited,
    taken: Vec<(u64, TableRow)>,
    unit: &str,
    grades: Grades,
    truth: BTreeMap<String, bool>,
    assumed: Vec<String>,
) -> Result<OpenedTable, StudyError> {
    let mut found = GradeTable::empty(REFERENCE_ARM);
    for (line, row) in taken {
        let patient = row.patient.clone();
        found
            .insert(row)
            .map_err(|error| table.field_error(line, unit, &patient, error.to_string()))?;
    }
    Ok(OpenedTable {
        table: found.sorted(),
        levels: grades.levels,
        measured: grades.measured,
        truth,
        assumed,
    })
}
