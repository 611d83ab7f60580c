//! Matrices and numbers in text, and what is wrong with them.

use crate::volume::{Affine, Grid};

/// The grids between which a transform was made.
#[derive(Clone, Copy)]
pub struct Between<'a> {
    /// Of the fixed scan: the reference, target or destination.
    pub fixed: &'a Grid,
    /// Of the moving scan: the source.
    pub moving: &'a Grid,
}

/// What is wrong with a field, before the file is named.
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) why: &'static str,
}

pub(super) fn fault(
    field: impl Into<String>,
    value: impl Into<String>,
    why: &'static str,
) -> Fault {
    Fault {
        field: field.into(),
        value: value.into(),
        why,
    }
}

/// A matrix of 4 lines with 4 numbers each, the last of them 0 0 0 1.
pub(super) fn plain_matrix(text: &str) -> Result<Affine, Fault> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.len() != 4 {
        return Err(fault(
            "the matrix",
            format!("{} lines", lines.len()),
            "there must be 4",
        ));
    }
    rows(&lines)
}

/// Four lines of four numbers.
pub(super) fn rows(lines: &[&str]) -> Result<Affine, Fault> {
    let mut affine = Affine::identity();
    for (row, line) in lines.iter().enumerate() {
        let numbers = numbers(&format!("row {} of the matrix", row + 1), line, 4)?;
        for (column, number) in numbers.into_iter().enumerate() {
            affine[(row, column)] = number;
        }
    }
    let last: Vec<f64> = (0..4).map(|c| affine[(3, c)]).collect();
    let is_affine = last
        .iter()
        .zip([0.0, 0.0, 0.0, 1.0])
        .all(|(a, b)| (a - b).abs() < 1e-9);
    match is_affine {
        true => Ok(affine),
        false => Err(fault("row 4 of the matrix", lines[3], "must be 0 0 0 1")),
    }
}

/// So many finite numbers.
pub(super) fn numbers(field: &str, text: &str, n: usize) -> Result<Vec<f64>, Fault> {
    let parsed: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse::<f64>).collect();
    match parsed {
        Ok(numbers) if numbers.iter().any(|x| !x.is_finite()) => {
            Err(fault(field, text, "must be finite numbers"))
        }
        Ok(numbers) if numbers.len() == n => Ok(numbers),
        Ok(_) => Err(fault(
            field,
            text,
            "has another number of numbers than it must",
        )),
        Err(_) => Err(fault(field, text, "must be numbers")),
    }
}

pub(super) fn inverse(affine: Affine) -> Result<Affine, Fault> {
    let linear = super::super::pyramid::linear(&affine).determinant();
    match affine.try_inverse() {
        Some(inverse) if linear.abs() > 1e-9 => Ok(inverse),
        _ => Err(fault(
            "the matrix",
            format!("of determinant {linear}"),
            "has no inverse",
        )),
    }
}

/// Four lines; every number is written so that it comes back exactly.
pub(super) fn rows_text(affine: &Affine, between: &str) -> String {
    let row = |r: usize| {
        let cells: Vec<String> = (0..4).map(|c| tidy(affine[(r, c)])).collect();
        cells.join(between) + "\n"
    };
    (0..4).map(row).collect()
}

/// A number without a minus before zero.
pub(super) fn tidy(number: f64) -> String {
    format!("{}", number + 0.0)
}
