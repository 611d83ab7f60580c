//! `cisterna stats plan`: how many cases a reading study needs.

use super::progress::Progress;
use super::{print, values};
use crate::report::assurance_figure;
use crate::stats::{
    Aim, IccForm, Metric, PairModel, Plan, Planned, RatingModel, Simulation, Weights, plan,
};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("aim").required(true).args(["half_width", "bound"])))]
pub(super) struct Args {
    /// What the study is planned for: the share of readings in which a rater gives the predicted
    /// image the grade of the real one, which is the report's main result; or an agreement between
    /// raters; or an area under the ROC curve.
    #[arg(long, default_value = "same-grade")]
    statistic: Statistic,
    /// Wanted: an interval so wide to either side.
    #[arg(long, value_name = "WIDTH", value_parser = values::share)]
    half_width: Option<f64>,
    /// Wanted: a lower limit above this bound, as the protocol fixes it.
    #[arg(long, value_parser = values::coefficient, allow_hyphen_values = true)]
    bound: Option<f64>,
    /// How sure a study of that size must be to get what is wanted.
    #[arg(long, value_name = "SHARE", default_value = "0.8", value_parser = values::share)]
    assurance: f64,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// How many raters grade every case.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    raters: u16,
    /// All grades of the scale, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "0,1,2,3,4",
        allow_hyphen_values = true
    )]
    levels: Vec<f64>,
    /// The share of cases that are truly of each grade, separated by commas (default: all alike).
    #[arg(long, value_delimiter = ',')]
    prevalence: Option<Vec<f64>>,
    /// How often a rater gives the true grade; else one next to it.
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "0.9",
        value_parser = values::whole_share,
        conflicts_with = "grading"
    )]
    accuracy: f64,
    /// A CSV without a header: a row for each true grade, a column for each given one, counts or
    /// shares; in place of --accuracy.
    #[arg(long, value_name = "FILE.csv")]
    grading: Option<PathBuf>,
    /// Share of the predicted images that show another patient's grade, to all raters alike.
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = values::whole_share)]
    changed: f64,
    /// For auroc: the area that is expected.
    #[arg(long, value_name = "AREA", default_value = "0.85", value_parser = values::share)]
    area: f64,
    /// For auroc: the share of positive cases.
    #[arg(long, value_name = "SHARE", default_value = "0.3", value_parser = values::share)]
    positive: f64,
    /// The largest number of cases to try.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    most: u32,
    /// Studies simulated for each number of cases.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(200..=1_000_000)
    )]
    studies: u32,
    /// What the studies are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw the curve into this file, SVG or PNG by its ending.
    #[arg(long, value_name = "OUT.svg|png")]
    figure: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Statistic {
    /// The share of readings in which a rater gives the predicted image the grade of the real one.
    SameGrade,
    /// Krippendorff's alpha of all raters, ordinal metric.
    Alpha,
    /// The same with the interval metric, as in the report's tables.
    AlphaInterval,
    /// Cohen's kappa of two raters, quadratic weights.
    Kappa,
    /// Gwet's AC2 of all raters, quadratic weights.
    Ac2,
    /// Intraclass correlation ICC(A,1) of all raters, for these raters.
    Icc,
    /// The area under the ROC curve of one reader.
    Auroc,
}

impl Statistic {
    fn words(self) -> &'static str {
        match self {
            Self::SameGrade => "Readings with the grade of the real image",
            Self::Alpha => "Krippendorff's alpha, ordinal metric",
            Self::AlphaInterval => "Krippendorff's alpha, interval metric",
            Self::Kappa => "Cohen's kappa of two raters, quadratic weights",
            Self::Ac2 => "Gwet's AC2, quadratic weights",
            Self::Icc => "ICC(A,1), for these raters",
            Self::Auroc => "Area under the ROC curve of one reader",
        }
    }
}

/// What is said of a plan.
#[derive(Serialize)]
struct JsonOutput {
    statistic: &'static str,
    /// What was taken for granted.
    assumed: Vec<String>,
    aim: Aim,
    assurance: f64,
    confidence: f64,
    /// The value that a study without end would have, where it is known.
    population: Option<f64>,
    #[serde(flatten)]
    plan: Plan,
    n_studies: u32,
    seed: u64,
    #[serde(skip)]
    most: u32,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let (planned, population) = args.planned()?;
    let aim = match (args.half_width, args.bound) {
        (Some(width), _) => Aim::HalfWidth(width),
        (None, Some(bound)) => Aim::Above(bound),
        (None, None) => bail!("--half-width or --bound says what is wanted"),
    };
    if let (Aim::Above(bound), Some(value)) = (aim, population)
        && bound >= value
    {
        bail!(
            "--bound is {bound}, but raters like these reach {value:.3} in a study without end: no \
             number of cases shows it"
        );
    }
    let simulation = Simulation {
        n_studies: args.studies as usize,
        confidence: args.confidence,
        assurance: args.assurance,
        most: args.most as usize,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(args.seed);
    let progress = Progress::new("simulating");
    let found = plan(&planned, aim, &simulation, &mut rng, &|share| {
        progress.at(share);
    });
    drop(progress);
    let told = JsonOutput {
        statistic: args.statistic.words(),
        assumed: args.assumed(),
        aim,
        assurance: args.assurance,
        confidence: args.confidence,
        population,
        plan: found,
        n_studies: args.studies,
        seed: args.seed,
        most: args.most,
    };
    if let Some(path) = &args.figure {
        draw(&told, path)?;
    }
    match args.json {
        true => print(&serde_json::to_string_pretty(&told)?),
        false => print(told.text()?.trim_end()),
    }
}

impl Args {
    /// With the value of a study without end, where it is known.
    fn planned(&self) -> anyhow::Result<(Planned, Option<f64>)> {
        if self.statistic == Statistic::Auroc {
            let planned = Planned::Auroc {
                area: self.area,
                positive: self.positive,
            };
            return Ok((planned, Some(self.area)));
        }
        let model = self.model()?;
        let needs_two = self.statistic != Statistic::SameGrade;
        if needs_two && self.raters < 2 {
            bail!("--raters is {}, and agreement takes two", self.raters);
        }
        Ok(match self.statistic {
            Statistic::Alpha => {
                let value = model.population_alpha(Metric::Ordinal);
                (Planned::Alpha(model, Metric::Ordinal), value)
            }
            Statistic::AlphaInterval => {
                let value = model.population_alpha(Metric::Interval);
                (Planned::Alpha(model, Metric::Interval), value)
            }
            Statistic::Kappa => (Planned::Kappa(model, Weights::Quadratic), None),
            Statistic::Ac2 => (Planned::Gwet(model, Weights::Quadratic), None),
            Statistic::Icc => (Planned::Icc(model, IccForm::Agreement), None),
            Statistic::SameGrade | Statistic::Auroc => {
                let pairs = PairModel::new(model, self.changed)?;
                let value = pairs.population_same();
                (Planned::SameGrade(pairs), Some(value))
            }
        })
    }

    fn model(&self) -> anyhow::Result<RatingModel> {
        let n_levels = self.levels.len();
        let prevalence = match &self.prevalence {
            Some(shares) => shares.clone(),
            None => vec![1.0; n_levels],
        };
        let grading = match &self.grading {
            Some(path) => open_grading(path)?,
            None => neighbours(n_levels, self.accuracy),
        };
        Ok(RatingModel::new(
            &self.levels,
            &prevalence,
            &grading,
            self.raters.into(),
        )?)
    }

    fn assumed(&self) -> Vec<String> {
        if self.statistic == Statistic::Auroc {
            return vec![
                format!(
                    "normal scores of both classes with an area of {}",
                    self.area
                ),
                format!("{} of the cases are positive", self.positive),
            ];
        }
        let mut assumed = vec![
            format!("{} raters who err alike and independently", self.raters),
            match &self.grading {
                Some(path) => format!("grades given as in {}", path.display()),
                None => format!(
                    "a rater gives the true grade with probability {}, else one next to it",
                    self.accuracy
                ),
            },
            match &self.prevalence {
                None => "all grades equally frequent".to_owned(),
                Some(shares) => format!(
                    "grades in shares of {}",
                    shares
                        .iter()
                        .map(f64::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            },
        ];
        if self.statistic == Statistic::SameGrade {
            assumed.push(format!(
                "{} of the predicted images show another patient's grade",
                self.changed
            ));
        }
        assumed
    }
}

impl JsonOutput {
    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = format!("Assumed: {}\n{}\n", self.assumed.join("; "), self.statistic);
        if let Some(value) = self.population {
            writeln!(text, "In a study without end: {value:.3}")?;
        }
        let percent = 100.0 * self.confidence;
        let aim = match self.aim {
            Aim::HalfWidth(width) => {
                format!("a {percent} % interval no wider than {width} to either side")
            }
            Aim::Above(bound) => {
                format!("a lower limit of the {percent} % interval above {bound}")
            }
        };
        writeln!(text, "Wanted: {aim}, in {} of studies\n", self.assurance)?;
        writeln!(text, "cases  reached  smoothed  error  mean half-width")?;
        for point in &self.plan.points {
            let half = point
                .half_width
                .map_or_else(|| "-".to_owned(), |half| format!("{half:.3}"));
            writeln!(
                text,
                "{:>5}  {:>7.3}  {:>8.3}  {:>5.3}  {half}",
                point.n_cases, point.reached, point.smoothed, point.se
            )?;
        }
        match (self.plan.least, self.plan.confirmed) {
            (Some(least), Some(confirmed)) => writeln!(
                text,
                "\n{least} cases are enough: {confirmed:.3} of {} studies drawn anew reached it",
                self.plan.n_confirming
            )?,
            _ => writeln!(text, "\n{} cases are not enough", self.most)?,
        }
        Ok(text)
    }
}

/// Raters who give the true grade so often, and else one of the next, each as often.
fn neighbours(n_levels: usize, accuracy: f64) -> Vec<Vec<f64>> {
    let row = |truth: usize| {
        let is_next = |given: usize| given.abs_diff(truth) == 1;
        let n_next = (0..n_levels).filter(|&given| is_next(given)).count().max(1) as f64;
        let share = |given: usize| match given == truth {
            true => accuracy,
            false => f64::from(u8::from(is_next(given))) * (1.0 - accuracy) / n_next,
        };
        (0..n_levels).map(share).collect()
    };
    (0..n_levels).map(row).collect()
}

/// Rows of counts or shares.
fn open_grading(path: &Path) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut rows = Vec::new();
    let text = text::open(path, Limit::Table).context("no table")?;
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    for (line, record) in (1..).zip(csv.records()) {
        let record = record.with_context(|| format!("line {line}: {}", path.display()))?;
        let row: Result<Vec<f64>, _> = record.iter().map(str::parse::<f64>).collect();
        let row = row.with_context(|| format!("line {line}: {}", path.display()))?;
        let sum: f64 = row.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) || row.iter().any(|share| *share < 0.0) {
            bail!("line {line} holds no counts or shares: {}", path.display());
        }
        rows.push(row);
    }
    Ok(rows)
}

fn draw(told: &JsonOutput, path: &Path) -> anyhow::Result<()> {
    let points: Vec<[f64; 3]> = told
        .plan
        .points
        .iter()
        .map(|point| [point.n_cases as f64, point.reached, point.smoothed])
        .collect();
    let figure = assurance_figure(&points, told.assurance, told.statistic)?;
    let ending = path.extension().and_then(|ending| ending.to_str());
    let bytes = match ending.map(str::to_lowercase).as_deref() {
        Some("svg") => figure.svg.as_bytes(),
        Some("png") => &figure.png,
        _ => bail!("the name must end in .svg or .png: {}", path.display()),
    };
    std::fs::write(path, bytes)
        .with_context(|| format!("cannot write the figure: {}", path.display()))
}
