//! What single cells say: numbers, words, or nothing; and which grades there can be.

use std::collections::BTreeMap;

use super::TableOptions;
use crate::study::{Scale, StudyError, delimited::Delimited};

/// How people write that there is no grade.
const NO_GRADE: [&str; 15] = [
    "", "na", "n/a", "n.a.", "#n/a", "nan", "nd", "null", "missing", ".", "-", "--", "–", "?", "*",
];

/// Words that are two grades, the lower one first.
const PAIRS: [[&str; 2]; 6] = [
    ["no", "yes"],
    ["n", "y"],
    ["false", "true"],
    ["negative", "positive"],
    ["neg", "pos"],
    ["absent", "present"],
];

/// Numbers that stand for no grade in many tables.
const CODES: [f64; 8] = [-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0];

/// Grades repeat; measurements of which more than this many differ do not.
const MOST_GRADES: usize = 20;

/// A cell by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CellValue {
    Number(f64),
    Missing,
    Word,
}

/// How cells are looked at.
pub(super) struct CellRules {
    missing: Vec<String>,
}

impl CellRules {
    pub(super) fn of(options: &TableOptions) -> Self {
        let missing = options
            .missing
            .iter()
            .map(|text| text.trim().to_lowercase());
        Self {
            missing: missing.collect(),
        }
    }

    pub(super) fn look(&self, text: &str) -> CellValue {
        let small = text.to_lowercase();
        let is_missing = NO_GRADE.contains(&small.as_str()) || self.missing.contains(&small);
        match (is_missing, number(text)) {
            (true, _) => CellValue::Missing,
            (false, Some(value)) => CellValue::Number(value),
            (false, None) => CellValue::Word,
        }
    }
}

/// A finite number, with a decimal point or a decimal comma.
fn number(text: &str) -> Option<f64> {
    let plain = text.parse::<f64>().ok();
    let with_point = || match decimal_comma(text) {
        true => text.replacen(',', ".", 1).parse::<f64>().ok(),
        false => None,
    };
    plain.or_else(with_point).filter(|value| value.is_finite())
}

fn decimal_comma(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim_start_matches(['-', '+'])
        .split_once(',')
        .is_some_and(|(whole, rest)| digits(whole) && digits(rest))
}

/// A cell that should hold a grade, with where it stands.
#[derive(Clone, Copy)]
pub(super) struct GradeCell<'a> {
    pub(super) line: u64,
    pub(super) column: &'a str,
    pub(super) text: &'a str,
}

/// What the grades of a table are.
#[derive(Clone, Debug, Default)]
pub(super) struct Grades {
    /// Words in small letters, and the number that each stands for.
    words: BTreeMap<String, f64>,
    /// All levels; none where they are only those that occur.
    pub(super) levels: Option<Vec<f64>>,
    pub(super) measured: bool,
}

impl Grades {
    /// Looks at every cell before any is taken. In a reading study, of real and predicted images,
    /// grades within 0 to 4 are those of ventricular reflux.
    pub(super) fn of(
        table: &Delimited,
        cells: &CellRules,
        given: &[GradeCell<'_>],
        options: &TableOptions,
        is_reading_study: bool,
        assumed: &mut Vec<String>,
    ) -> Result<Self, StudyError> {
        let mut grades = Self::default();
        missing_words(cells, given, assumed);
        one_decimal_mark(table, cells, given, assumed)?;
        let words: Vec<&GradeCell<'_>> = given
            .iter()
            .filter(|of| cells.look(of.text) == CellValue::Word)
            .collect();
        let listed = numbers(&options.levels);
        if !options.levels.is_empty() && listed.is_none() {
            grades.take_words(&options.levels);
            let names = options.levels.iter().enumerate();
            let names = names.map(|(at, name)| format!("{name} = {at}"));
            assumed.push(format!("grades {}", names.collect::<Vec<_>>().join(", ")));
        } else if let Some(first) = words.first() {
            grades.find_words(table, cells, given, first, assumed)?;
        }
        for of in given {
            if cells.look(of.text) != CellValue::Missing && grades.value(cells, of.text).is_none() {
                let levels = options.levels.join(", ");
                let problem = match options.levels.is_empty() {
                    true => {
                        "is not a number (if it means that there is no grade: --missing)".into()
                    }
                    false => format!("is not one of the grades {levels}"),
                };
                return Err(table.field_error(of.line, of.column, of.text, problem));
            }
        }
        if !grades.words.is_empty() {
            let n = grades
                .words
                .values()
                .fold(0.0, |most: f64, level| most.max(*level));
            grades.levels = Some((0..=n as usize).map(|level| level as f64).collect());
            return Ok(grades);
        }
        match listed {
            Some(mut levels) => {
                levels.sort_by(f64::total_cmp);
                levels.dedup();
                grades.check_levels(table, cells, given, &levels)?;
                grades.levels = Some(levels);
            }
            None => {
                let how = (options, is_reading_study);
                grades.find_levels(table, cells, given, how, assumed)?;
            }
        }
        Ok(grades)
    }

    /// What a cell says; `None` where it says nothing.
    pub(super) fn value(&self, cells: &CellRules, text: &str) -> Option<f64> {
        match cells.look(text) {
            CellValue::Missing => None,
            CellValue::Number(value) if self.words.is_empty() => Some(value),
            _ => self.words.get(&text.to_lowercase()).copied(),
        }
    }

    fn take_words(&mut self, names: &[String]) {
        let names = names.iter().enumerate();
        let names = names.map(|(at, name)| (name.trim().to_lowercase(), at as f64));
        self.words = names.collect();
    }

    /// Words without a list: known pairs, or a question.
    fn find_words(
        &mut self,
        table: &Delimited,
        cells: &CellRules,
        given: &[GradeCell<'_>],
        first: &GradeCell<'_>,
        assumed: &mut Vec<String>,
    ) -> Result<(), StudyError> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let mut n_numbers = 0;
        for of in given {
            match cells.look(of.text) {
                CellValue::Word => *found.entry(of.text.to_lowercase()).or_default() += 1,
                CellValue::Number(_) => n_numbers += 1,
                CellValue::Missing => {}
            }
        }
        let pair = PAIRS
            .iter()
            .find(|pair| found.keys().all(|word| pair.contains(&word.as_str())));
        if let (Some(pair), 0) = (pair, n_numbers) {
            self.take_words(&pair.map(str::to_owned));
            assumed.push(format!("{} is 0, {} is 1", pair[0], pair[1]));
            return Ok(());
        }
        // A few words among numbers are slips; the caller names the first of them.
        let n_words: usize = found.values().sum();
        if n_numbers > n_words {
            return Ok(());
        }
        let words: Vec<&str> = found.keys().map(String::as_str).take(12).collect();
        if found.len() > 12 {
            let problem = "is not a number, and the column holds too many words to be grades: name \
                           the raters' columns by --raters, or the column of grades by --value";
            return Err(table.field_error(first.line, first.column, first.text, problem));
        }
        let problem = format!(
            "is a word, and words have no order: list the grades from the lowest on, as in --levels \
             \"{}\"",
            words.join(",")
        );
        Err(table.field_error(first.line, first.column, first.text, problem))
    }

    fn check_levels(
        &self,
        table: &Delimited,
        cells: &CellRules,
        given: &[GradeCell<'_>],
        levels: &[f64],
    ) -> Result<(), StudyError> {
        for of in given {
            let value = self.value(cells, of.text);
            if value.is_some_and(|value| !levels.contains(&value)) {
                let levels: Vec<String> = levels.iter().map(f64::to_string).collect();
                let problem = format!("is not one of the levels {}", levels.join(", "));
                return Err(table.field_error(of.line, of.column, of.text, problem));
            }
        }
        Ok(())
    }

    /// Levels that nobody named: those that occur where no grade between them is missing, else a
    /// question.
    fn find_levels(
        &mut self,
        table: &Delimited,
        cells: &CellRules,
        given: &[GradeCell<'_>],
        (options, is_reading_study): (&TableOptions, bool),
        assumed: &mut Vec<String>,
    ) -> Result<(), StudyError> {
        let found = given
            .iter()
            .filter_map(|of| Some((self.value(cells, of.text)?, of.line)));
        let seen = SeenValues::of(found.collect());
        let (Some(lowest), Some(highest)) = (seen.lowest(), seen.highest()) else {
            return Ok(());
        };
        suspect_codes(table, &seen)?;
        if options.measured || !seen.are_grades() {
            self.measured = true;
            assumed.push(format!(
                "measurements, {} different values among {}",
                seen.levels.len(),
                seen.n
            ));
            return Ok(());
        }
        if lowest >= 0.0 && highest <= 1.0 {
            self.levels = Some(vec![0.0, 1.0]);
            assumed.push("two grades, 0 and 1 (--levels lists others)".into());
            return Ok(());
        }
        if is_reading_study && lowest >= 0.0 && highest <= 4.0 {
            self.levels = Some(Scale::reflux().numbers());
            assumed.push("grades 0 to 4, as of ventricular reflux (--levels lists others)".into());
            return Ok(());
        }
        if let Some((beyond, line)) = seen.after_a_gap() {
            let all: Vec<String> = seen.levels.iter().map(|of| of.value.to_string()).collect();
            let all = all.join(",");
            return Err(table.header_error(format!(
                "the grades {} leave a gap before {beyond} (line {line}): list every grade of the \
                 scale by --levels (--levels={all} if these are all), say --missing={beyond} if it \
                 means that there is no grade, or --measured if these are measurements",
                all.replace(',', ", ")
            )));
        }
        assumed.push(format!(
            "grades {lowest} to {highest}, those that occur (--levels lists others){}",
            seen.lone()
        ));
        self.levels = Some(seen.levels.iter().map(|of| of.value).collect());
        Ok(())
    }
}

/// A value that occurs.
struct ValueCount {
    value: f64,
    times: usize,
    /// Where it stands first.
    line: u64,
}

/// The values that occur, increasing.
struct SeenValues {
    levels: Vec<ValueCount>,
    n: usize,
}

impl SeenValues {
    /// From each value and its line.
    fn of(mut found: Vec<(f64, u64)>) -> Self {
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let alike = found.chunk_by(|a, b| a.0 == b.0);
        let level = |of: &[(f64, u64)]| ValueCount {
            value: of[0].0,
            times: of.len(),
            line: of[0].1,
        };
        Self {
            levels: alike.map(level).collect(),
            n: found.len(),
        }
    }

    fn lowest(&self) -> Option<f64> {
        self.levels.first().map(|of| of.value)
    }

    fn highest(&self) -> Option<f64> {
        self.levels.last().map(|of| of.value)
    }

    /// Whole numbers, few of them, that come again.
    fn are_grades(&self) -> bool {
        let whole = |of: &ValueCount| of.value.fract() == 0.0 && of.value.abs() < 1e9;
        let n_levels = self.levels.len();
        let repeats = self.n as f64 / n_levels as f64;
        self.levels.iter().all(whole)
            && n_levels <= MOST_GRADES
            && (repeats >= 1.5 || n_levels <= 10)
    }

    /// The first level that has not its neighbour below it, and its line.
    fn after_a_gap(&self) -> Option<(f64, u64)> {
        let mut pairs = self.levels.windows(2);
        let gap = pairs.find(|pair| pair[1].value - pair[0].value > 1.0)?;
        Some((gap[1].value, gap[1].line))
    }

    /// Levels that occur once among many may be slips.
    fn lone(&self) -> String {
        let lone = self.levels.iter().filter(|of| of.times == 1 && self.n > 10);
        let words = lone.map(|of| format!("; {} occurs once, line {}", of.value, of.line));
        words.collect()
    }
}

/// All of them numbers, or none.
fn numbers(levels: &[String]) -> Option<Vec<f64>> {
    let numbers = levels.iter().map(|level| number(level.trim()));
    let numbers: Option<Vec<f64>> = numbers.collect();
    numbers.filter(|levels| !levels.is_empty())
}

fn missing_words(cells: &CellRules, given: &[GradeCell<'_>], assumed: &mut Vec<String>) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for of in given.iter().filter(|of| !of.text.is_empty()) {
        if cells.look(of.text) == CellValue::Missing {
            *found.entry(of.text).or_default() += 1;
        }
    }
    for (text, n) in found {
        let times = if n == 1 { "once" } else { "times" };
        let n = if n == 1 {
            String::new()
        } else {
            format!("{n} ")
        };
        assumed.push(format!("\"{text}\" is no grade ({n}{times})"));
    }
}

/// One decimal mark in all grades, and no comma that may part thousands.
fn one_decimal_mark(
    table: &Delimited,
    cells: &CellRules,
    given: &[GradeCell<'_>],
    assumed: &mut Vec<String>,
) -> Result<(), StudyError> {
    let numbers = || {
        given
            .iter()
            .filter(|of| matches!(cells.look(of.text), CellValue::Number(_)))
    };
    let commas = || numbers().filter(|of| decimal_comma(of.text));
    let Some(first) = commas().next() else {
        return Ok(());
    };
    if let Some(point) = numbers().find(|of| of.text.contains('.')) {
        let problem = format!(
            "has a decimal comma, and \"{}\" in line {} a decimal point: write both alike",
            point.text, point.line
        );
        return Err(table.field_error(first.line, first.column, first.text, problem));
    }
    let thousands = |of: &GradeCell<'_>| of.text.split(',').next_back().map_or(0, str::len) == 3;
    if commas().all(thousands) {
        let problem = "may be a fraction or thousands: write it without the comma";
        return Err(table.field_error(first.line, first.column, first.text, problem));
    }
    assumed.push("decimal commas".into());
    Ok(())
}

/// A number far from all others that often stands for no grade.
fn suspect_codes(table: &Delimited, seen: &SeenValues) -> Result<(), StudyError> {
    let values = || seen.levels.iter().map(|of| of.value);
    for code in CODES
        .into_iter()
        .filter(|code| values().any(|v| v == *code))
    {
        let mut others = values().filter(|value| *value != code);
        let Some(low) = others.next() else {
            continue;
        };
        let high = others.next_back().unwrap_or(low);
        let range = (high - low).max(1.0);
        let is_far = code < low - 2.0 * range || code > high + 2.0 * range;
        // One below the grades is a code as well.
        if is_far || (seen.are_grades() && code < 0.0 && low >= 0.0) {
            return Err(table.header_error(format!(
                "{code} lies far from every other grade: say --missing={code} if it means that there \
                 is no grade, or list every level by --levels"
            )));
        }
    }
    Ok(())
}
