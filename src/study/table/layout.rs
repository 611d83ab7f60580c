//! Which column of a table holds what.

use std::collections::BTreeSet;

use super::{
    TableOptions,
    cells::{CellRules, CellValue},
};
use crate::study::{StudyError, delimited::Delimited};

/// What a column may be called in a table with one row for each grade, the usual name first.
const RATER: [&str; 10] = [
    "rater",
    "reader",
    "observer",
    "raterid",
    "rater_id",
    "readerid",
    "reader_id",
    "annotator",
    "coder",
    "judge",
];
const UNIT: [&str; 20] = [
    "patient",
    "case",
    "subject",
    "unit",
    "id",
    "caseid",
    "case_id",
    "patientid",
    "patient_id",
    "subjectid",
    "subject_id",
    "participant",
    "participant_id",
    "case_code",
    "code",
    "nr",
    "no",
    "number",
    "index",
    "name",
];
const ARM: [&str; 8] = [
    "arm",
    "modality",
    "modalityid",
    "modality_id",
    "method",
    "treatment",
    "condition",
    "technique",
];
const VALUE: [&str; 5] = ["grade", "score", "rating", "value", "measurement"];

/// Where the columns of a long table stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Long {
    pub(super) rater: usize,
    pub(super) unit: usize,
    /// None where there is one arm only.
    pub(super) by: Option<usize>,
    pub(super) value: usize,
}

/// Where the columns of a wide table stand.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    pub(super) unit: Option<usize>,
    pub(super) raters: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Layout {
    Long(Long),
    Wide(Wide),
}

/// The header and where the data begin.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// Rows of the table above the data.
    pub(super) n_rows: usize,
}

/// As names are compared: small letters, and one kind of joint.
fn plain(name: &str) -> String {
    name.to_lowercase().replace([' ', '-', '.'], "_")
}

fn is_role(name: &str) -> bool {
    let name = plain(name);
    let roles = [&RATER[..], &UNIT, &ARM, &VALUE];
    roles.iter().any(|names| names.contains(&name.as_str()))
}

impl Header {
    pub(super) fn of(
        table: &Delimited,
        cells: &CellRules,
        options: &TableOptions,
        assumed: &mut Vec<String>,
    ) -> Result<Self, StudyError> {
        let Some(first) = table.rows.first() else {
            return Err(table.header_error("the table is empty"));
        };
        let has_header = match options.header {
            Some(given) => given,
            None => found(table, cells)?,
        };
        if !has_header {
            if options.header.is_none() {
                assumed.push("no header: the first row holds grades".into());
            }
            let names = (1..=first.fields.len()).map(|n| format!("column {n}"));
            return Ok(Self {
                names: names.collect(),
                n_rows: 0,
            });
        }
        let mut seen = BTreeSet::new();
        for name in first.fields.iter().filter(|name| !name.is_empty()) {
            if !seen.insert(name) {
                return Err(table.header_error(format!("column \"{name}\" is there twice")));
            }
        }
        Ok(Self {
            names: first.fields.clone(),
            n_rows: 1,
        })
    }

    /// The column of this name, whatever its letters are like.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|own| own == name);
        exact.or_else(|| self.names.iter().position(|own| plain(own) == plain(name)))
    }

    /// The column that names what was graded.
    pub(super) fn unit(&self, table: &Delimited) -> Result<usize, StudyError> {
        role(table, self, &UNIT, "unit")?
            .ok_or_else(|| table.header_error("column \"patient\" is missing"))
    }

    /// The column that a person named.
    pub(super) fn named(&self, table: &Delimited, name: &str) -> Result<usize, StudyError> {
        self.place(name)
            .ok_or_else(|| table.header_error(format!("column \"{name}\" is missing")))
    }
}

/// Whether the first row names the columns.
fn found(table: &Delimited, cells: &CellRules) -> Result<bool, StudyError> {
    let first = &table.rows[0].fields;
    if first.iter().any(|name| is_role(name)) {
        return Ok(true);
    }
    let kinds: Vec<CellValue> = first.iter().map(|text| cells.look(text)).collect();
    let is_number = |cell: &CellValue| matches!(cell, CellValue::Number(_));
    let n_numbers = kinds.iter().filter(|cell| is_number(cell)).count();
    let counts_up = first
        .iter()
        .enumerate()
        .all(|(at, name)| *name == (at + 1).to_string());
    let ask = |what: &str| {
        let row = first.join(",");
        Err(table.header_error(format!(
            "the first row, \"{row}\", {what}: say --header if it names the columns, --no-header if \
             it holds grades"
        )))
    };
    match n_numbers {
        0 => {}
        _ if counts_up && first.len() > 1 => return ask("counts raters or holds grades"),
        n if kinds
            .iter()
            .all(|cell| is_number(cell) || matches!(cell, CellValue::Missing))
            && n > 0 =>
        {
            return Ok(false);
        }
        // A table of numbered raters may well begin with a word.
        1.. if matches!(kinds[0], CellValue::Word) && kinds[1..].iter().all(is_number) => {}
        _ => return ask("holds a number and a word"),
    }
    // Grades that are words: the first row is one of them where its words come again below.
    let again = |(at, name): (usize, &String)| {
        let below = table.rows[1..].iter().take(1000);
        let mut own = below.filter_map(|row| row.fields.get(at));
        !name.is_empty() && own.any(|field| field == name)
    };
    match first.len() > 1 && first.iter().enumerate().all(again) {
        true => ask("comes again below"),
        false => Ok(true),
    }
}

/// The only column with one of these names, the usual one before the others.
fn role(
    table: &Delimited,
    header: &Header,
    names: &[&str],
    option: &str,
) -> Result<Option<usize>, StudyError> {
    let of = |wanted: &[&str]| -> Vec<usize> {
        let named = header.names.iter().enumerate();
        let named = named.filter(|(_, name)| wanted.contains(&plain(name).as_str()));
        named.map(|(at, _)| at).collect()
    };
    let usual = of(&names[..1]);
    let found = match usual.is_empty() {
        true => of(names),
        false => usual,
    };
    match found[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        [first, second, ..] => {
            let (a, b) = (&header.names[first], &header.names[second]);
            Err(table.header_error(format!(
                "\"{a}\" and \"{b}\" could both be meant: say which by --{option}"
            )))
        }
    }
}

impl Layout {
    pub(super) fn of(
        table: &Delimited,
        header: &Header,
        cells: &CellRules,
        options: &TableOptions,
        assumed: &mut Vec<String>,
    ) -> Result<Self, StudyError> {
        let has_no_names = header.n_rows == 0 && !options.names_long();
        if options.wide || !options.raters.is_empty() || has_no_names {
            return Wide::of(table, header, cells, options, assumed).map(Self::Wide);
        }
        let find = |given: &Option<String>, names: &[&str], option: &str| match given {
            Some(name) => header.named(table, name).map(Some),
            None => role(table, header, names, option),
        };
        let value = find(&options.value, &VALUE, "value")?;
        let rater = find(&options.rater, &RATER, "rater")?;
        // Where neither is there, names of units and arms may be those of raters.
        if value.is_none() && rater.is_none() {
            return Wide::of(table, header, cells, options, assumed).map(Self::Wide);
        }
        let unit = find(&options.unit, &UNIT, "unit")?;
        // Who names columns names the arms too, or means that there are none.
        let by = match options.names_long() {
            true => options
                .by
                .as_ref()
                .map(|name| header.named(table, name))
                .transpose()?,
            false => role(table, header, &ARM, "by")?,
        };
        let missing = |column: &str, option: &str| {
            table.header_error(format!(
                "column \"{column}\" is missing: name it by --{option}, or say --wide for a table \
                 with one column for each rater"
            ))
        };
        let long = Long {
            rater: rater.ok_or_else(|| missing("rater", "rater"))?,
            unit: unit.ok_or_else(|| missing("patient", "unit"))?,
            by,
            value: value.ok_or_else(|| missing("grade", "value"))?,
        };
        let name = |at: usize| format!("\"{}\"", header.names[at]);
        let roles = [
            ("rater", long.rater),
            ("unit", long.unit),
            ("grade", long.value),
        ];
        let mut words: Vec<String> = roles
            .map(|(role, at)| format!("{role} in {}", name(at)))
            .into();
        words.push(match long.by {
            Some(at) => format!("arm in {}", name(at)),
            None => "no arms".into(),
        });
        assumed.push(format!("one row for each grade, {}", words.join(", ")));
        Ok(Self::Long(long))
    }
}

impl Wide {
    fn of(
        table: &Delimited,
        header: &Header,
        cells: &CellRules,
        options: &TableOptions,
        assumed: &mut Vec<String>,
    ) -> Result<Self, StudyError> {
        let data = &table.rows[header.n_rows..];
        let column = |at: usize| data.iter().map(move |row| row.fields[at].as_str());
        let unit = match &options.unit {
            Some(name) => Some(header.named(table, name)?),
            None if !options.raters.is_empty() => role(table, header, &UNIT, "unit")?,
            None => unit_of(table, header, cells, &column)?,
        };
        let raters = match options.raters.is_empty() {
            false => {
                let places = options.raters.iter().map(|name| header.named(table, name));
                places.collect::<Result<Vec<_>, _>>()?
            }
            true => (0..header.names.len())
                .filter(|at| Some(*at) != unit)
                .collect(),
        };
        if let Some(at) = raters.iter().find(|at| header.names[**at].is_empty()) {
            return Err(table.header_error(format!("column {} has no name", at + 1)));
        }
        if raters.is_empty() {
            return Err(table.header_error("no column is a rater's"));
        }
        let names: Vec<&str> = raters.iter().map(|at| header.names[*at].as_str()).collect();
        let shown = match names.len() {
            0..=8 => names.join(", "),
            n => format!("{} and {} more", names[..8].join(", "), n - 8),
        };
        assumed.push(match unit {
            Some(at) => {
                let name = match header.names[at].as_str() {
                    "" => "the first column, which has no name,",
                    name => name,
                };
                format!("one column for each rater ({shown}), units named in {name}")
            }
            None => format!("one column for each rater ({shown}), one row for each unit"),
        });
        Ok(Self { unit, raters })
    }
}

/// The column that names the units of a wide table; an error where that is not sure.
fn unit_of<'a, I: Iterator<Item = &'a str>>(
    table: &Delimited,
    header: &Header,
    cells: &CellRules,
    column: &impl Fn(usize) -> I,
) -> Result<Option<usize>, StudyError> {
    if header.n_rows > 0
        && let Some(at) = role(table, header, &UNIT, "unit")?
    {
        return Ok(Some(at));
    }
    let n_rows = table.rows.len() - header.n_rows;
    if header.names.len() < 2 || n_rows == 0 {
        return Ok(None);
    }
    let are_distinct = |at: usize| column(at).collect::<BTreeSet<_>>().len() == n_rows;
    let looked: Vec<CellValue> = column(0).map(|text| cells.look(text)).collect();
    if header.names[0].is_empty() && are_distinct(0) {
        return Ok(Some(0));
    }
    let n_words = looked
        .iter()
        .filter(|cell| matches!(cell, CellValue::Word))
        .count();
    // Words that raters give too are grades.
    let others = || (1..header.names.len()).flat_map(column);
    let own: BTreeSet<String> = column(0).map(str::to_lowercase).collect();
    let is_grade = || others().any(|text| own.contains(&text.to_lowercase()));
    if n_words == n_rows && n_rows > 1 && own.len() == n_rows && !is_grade() {
        return Ok(Some(0));
    }
    let whole: Vec<f64> = looked
        .iter()
        .filter_map(|cell| match cell {
            CellValue::Number(value) if value.fract() == 0.0 => Some(*value),
            _ => None,
        })
        .collect();
    if whole.len() != n_rows || n_rows < 3 || !are_distinct(0) {
        return Ok(None);
    }
    let others = others().filter_map(|text| match cells.look(text) {
        CellValue::Number(value) => Some(value),
        _ => None,
    });
    let (low, high) = others.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let beyond = whole.iter().any(|value| *value < low || *value > high);
    let counts = whole.windows(2).all(|pair| pair[1] == pair[0] + 1.0);
    let apart = whole.iter().all(|value| *value < low || *value > high);
    match apart || counts && (beyond || n_rows >= 8) {
        false => Ok(None),
        true => {
            let name = &header.names[0];
            Err(table.header_error(format!(
                "column \"{name}\" holds another whole number in each row: say --unit \"{name}\" if \
                 it names what was graded, or name the raters' columns by --raters"
            )))
        }
    }
}
