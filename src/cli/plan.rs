//! `cisterna stats plan`: how many cases a reading study needs.

use super::print;
use crate::report::half_width_figure;
use crate::stats::{
    Metric, PlanPoint, Planned, RatingModel, Simulation, Weights, half_width_curve, least_cases,
};
use anyhow::{Context, bail};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many raters grade every case.
    #[arg(long, default_value_t = 3)]
    raters: usize,
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
        default_value_t = 0.8,
        conflicts_with = "grading"
    )]
    accuracy: f64,
    /// A CSV without a header: a row for each true grade, a column for each given one, counts or
    /// shares; in place of --accuracy.
    #[arg(long, value_name = "FILE.csv")]
    grading: Option<PathBuf>,
    /// alpha (Krippendorff, ordinal, of all raters) or kappa (Cohen, quadratic weights, of two).
    #[arg(long, default_value = "alpha")]
    statistic: Statistic,
    /// Numbers of cases to try, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "20,31,45,62,90,124,180,250"
    )]
    cases: Vec<usize>,
    /// Also seek the least number of cases whose 95 % interval is this wide to either side, up to
    /// the greatest of --cases.
    #[arg(long, value_name = "WIDTH")]
    half_width: Option<f64>,
    /// Studies simulated for each number of cases.
    #[arg(long, value_name = "N", default_value_t = 200)]
    studies: usize,
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
    Alpha,
    Kappa,
}

/// What is said of a plan.
#[derive(Serialize)]
struct Plan {
    statistic: &'static str,
    n_raters: usize,
    /// The value that the assumed raters have in a study without end.
    population_alpha: Option<f64>,
    points: Vec<PlanPoint>,
    wanted_half_width: Option<f64>,
    least: Option<PlanPoint>,
    seed: u64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if args.cases.contains(&0) || args.cases.is_empty() {
        bail!("--cases must be whole numbers from 1");
    }
    let n_levels = args.levels.len();
    let prevalence = args
        .prevalence
        .clone()
        .unwrap_or_else(|| vec![1.0; n_levels]);
    let grading = match &args.grading {
        Some(path) => open_grading(path)?,
        None => neighbours(n_levels, args.accuracy)?,
    };
    let model = RatingModel::new(&args.levels, &prevalence, &grading, args.raters)?;
    let (planned, statistic) = match args.statistic {
        Statistic::Alpha => {
            let words = "Krippendorff's alpha, ordinal metric";
            (Planned::Alpha(Metric::Ordinal), words)
        }
        Statistic::Kappa => {
            let words = "Cohen's kappa of two raters, quadratic weights";
            (Planned::Kappa(Weights::Quadratic), words)
        }
    };
    let simulation = Simulation {
        n_studies: args.studies.max(2),
        ..Simulation::default()
    };
    let mut rng = ChaCha20Rng::seed_from_u64(args.seed);
    let points = half_width_curve(&model, planned, &args.cases, &simulation, &mut rng);
    let most = args.cases.iter().copied().max().unwrap_or(1);
    let least = args.half_width.and_then(|wanted| {
        let mut rng = ChaCha20Rng::seed_from_u64(args.seed);
        least_cases(&model, planned, wanted, most, &simulation, &mut rng)
    });
    let plan = Plan {
        statistic,
        n_raters: args.raters,
        population_alpha: model.population_alpha(Metric::Ordinal),
        points,
        wanted_half_width: args.half_width,
        least,
        seed: args.seed,
    };
    if let Some(path) = &args.figure {
        draw(&plan, path)?;
    }
    match args.json {
        true => print(&serde_json::to_string_pretty(&plan)?),
        false => print(plan.text(most)?.trim_end()),
    }
}

impl Plan {
    fn text(&self, most: usize) -> Result<String, std::fmt::Error> {
        let mut text = format!("{}, {} raters\n", self.statistic, self.n_raters);
        if let Some(alpha) = self.population_alpha {
            writeln!(text, "These raters have an ordinal alpha of {alpha:.3}")?;
        }
        writeln!(text, "\ncases  half-width of the 95 % interval")?;
        for point in &self.points {
            let half = &point.half_width;
            write!(text, "{:>5}  {half}", point.n_cases)?;
            match half.se() {
                Some(se) => writeln!(text, " (error of the simulation {se:.3})")?,
                None => writeln!(text)?,
            }
        }
        match (&self.least, self.wanted_half_width) {
            (Some(least), Some(wanted)) => {
                writeln!(text, "\n{} cases reach {wanted}", least.n_cases)?;
            }
            (None, Some(wanted)) => writeln!(text, "\n{most} cases do not reach {wanted}")?,
            _ => {}
        }
        Ok(text)
    }
}

/// Raters who give the true grade so often, and else one of the next, each as often.
fn neighbours(n_levels: usize, accuracy: f64) -> anyhow::Result<Vec<Vec<f64>>> {
    if !(0.0..=1.0).contains(&accuracy) {
        bail!("--accuracy is {accuracy}, which is not from 0 to 1");
    }
    let row = |truth: usize| {
        let is_next = |given: usize| given.abs_diff(truth) == 1;
        let n_next = (0..n_levels).filter(|&given| is_next(given)).count().max(1) as f64;
        let share = |given: usize| match given == truth {
            true => accuracy,
            false => f64::from(u8::from(is_next(given))) * (1.0 - accuracy) / n_next,
        };
        (0..n_levels).map(share).collect()
    };
    Ok((0..n_levels).map(row).collect())
}

/// Rows of counts or shares.
fn open_grading(path: &Path) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut rows = Vec::new();
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot open the table: {}", path.display()))?;
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

fn draw(plan: &Plan, path: &Path) -> anyhow::Result<()> {
    let points: Vec<[f64; 2]> = plan
        .points
        .iter()
        .filter_map(|point| Some([point.n_cases as f64, point.half_width.value()?]))
        .collect();
    let figure = half_width_figure(&points, plan.wanted_half_width, plan.statistic)?;
    let ending = path.extension().and_then(|ending| ending.to_str());
    let bytes = match ending.map(str::to_lowercase).as_deref() {
        Some("svg") => figure.svg.as_bytes(),
        Some("png") => &figure.png,
        _ => bail!("the name must end in .svg or .png: {}", path.display()),
    };
    std::fs::write(path, bytes)
        .with_context(|| format!("cannot write the figure: {}", path.display()))
}
