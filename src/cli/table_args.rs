//! How a table on the command line is to be taken.

use crate::study::TableOptions;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "How the table is taken")]
pub(super) struct TableArgs {
    /// The column that names what was graded.
    #[arg(long, value_name = "COLUMN")]
    unit: Option<String>,
    /// The column that names who graded, of a table with one row for each grade.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["wide", "raters"])]
    rater: Option<String>,
    /// The column with the grades, of a table with one row for each grade.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["wide", "raters"])]
    value: Option<String>,
    /// The column that tells arms apart, each of which is analysed by itself.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["wide", "raters"])]
    by: Option<String>,
    /// The arm of the real images, which the others are compared with.
    #[arg(long, value_name = "ARM")]
    reference: Option<String>,
    /// The column with what is true of each unit, 0 or 1: areas under the ROC curve, and with two
    /// arms their difference over readers and cases.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["wide", "raters"])]
    truth: Option<String>,
    /// The table has one column for each rater.
    #[arg(long)]
    wide: bool,
    /// The raters' columns of such a table, separated by commas.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    raters: Vec<String>,
    /// The first row names the columns.
    #[arg(long)]
    header: bool,
    /// The first row holds grades; columns are called "column 1", "column 2", and so on.
    #[arg(long, conflicts_with = "header")]
    no_header: bool,
    /// What else means that there is no grade, separated by commas.
    #[arg(
        long,
        value_name = "TEXTS",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    missing: Vec<String>,
    /// All grades of the scale from the lowest on, numbers or words, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "measured"
    )]
    levels: Vec<String>,
    /// The values are measurements, not grades.
    #[arg(long)]
    measured: bool,
    /// Names that differ by upper case only are different.
    #[arg(long)]
    case_matters: bool,
}

impl TableArgs {
    pub(super) fn options(&self) -> TableOptions {
        TableOptions {
            rater: self.rater.clone(),
            unit: self.unit.clone(),
            value: self.value.clone(),
            by: self.by.clone(),
            truth: self.truth.clone(),
            wide: self.wide,
            raters: self.raters.clone(),
            header: match (self.header, self.no_header) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            missing: self.missing.clone(),
            levels: self.levels.clone(),
            measured: self.measured,
            reference: self.reference.clone(),
            case_matters: self.case_matters,
        }
    }

    /// Levels as numbers, for a study, whose scale they take the place of.
    pub(super) fn number_levels(&self) -> anyhow::Result<Option<Vec<f64>>> {
        if self.levels.is_empty() {
            return Ok(None);
        }
        let levels: Result<Vec<f64>, _> = self.levels.iter().map(|l| l.trim().parse()).collect();
        match levels {
            Ok(levels) => Ok(Some(levels)),
            Err(_) => anyhow::bail!(
                "--levels of a study must be numbers, and {} are not",
                self.levels.join(",")
            ),
        }
    }
}
