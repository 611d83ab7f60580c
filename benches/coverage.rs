//! How often do the intervals that are printed cover the truth? Simulated, and printed as the table
//! that stands at the head of the statistics.
//!
//! A latent normal trait is seen by raters with normal errors and small shifts of their own, and cut
//! into grades 0 to 4: skewed (shares .60 .20 .10 .06 .04) or even; the latent readings of two
//! raters correlate at .92 or .55; 2 and 3 raters. Each cell draws as many studies as the first
//! argument says (2,000 by default). A study without an interval counts neither way and is told. A
//! star marks where the output warns, an exclamation mark where a cell lies under 0.93 without it.

use cisterna::stats::{
    Bootstrap, Coefficient, Generalise, Graded, IccForm, Interval, LimitsInterval, Metric, Outcome,
    PairedScores, Pooling, Ratings, ReaderStudy, SameGrade, Weights, alpha, alpha_difference,
    alpha_with_interval, auroc, auroc_difference, bland_altman, chance_corrected, cohen_kappa, icc,
    mean_absolute_error, pearson, percent_agreement, share_over_units, spearman,
    specific_agreement, wilson,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;

const LEVELS: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];
const SIZES: [usize; 4] = [10, 31, 60, 100];
/// Units from which the truth of a coefficient is taken.
const N_TRUTH: usize = 400_000;
const SHIFTS: [f64; 3] = [0.0, 0.12, -0.08];

fn normal(rng: &mut impl Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// How grades come about.
#[derive(Clone, Copy, Debug)]
struct Cell {
    cuts: [f64; 4],
    correlation: f64,
    n_raters: usize,
}

impl Cell {
    fn all() -> Vec<Self> {
        let skewed = [0.253_35, 0.841_62, 1.281_55, 1.750_69];
        let even = [-0.841_62, -0.253_35, 0.253_35, 0.841_62];
        let mut cells = Vec::new();
        for cuts in [skewed, even] {
            for correlation in [0.92, 0.55] {
                for n_raters in [2, 3] {
                    cells.push(Self {
                        cuts,
                        correlation,
                        n_raters,
                    });
                }
            }
        }
        cells
    }

    fn grade(&self, latent: f64) -> f64 {
        self.cuts.iter().filter(|cut| latent > **cut).count() as f64
    }

    fn see(&self, trait_: f64, rater: usize, rng: &mut impl Rng) -> f64 {
        let (own, noise) = (self.correlation.sqrt(), (1.0 - self.correlation).sqrt());
        own * trait_ + noise * normal(rng) + SHIFTS[rater]
    }

    fn ratings(&self, n: usize, rng: &mut impl Rng) -> Ratings {
        let units: Vec<Vec<Option<f64>>> = (0..n)
            .map(|_| {
                let t = normal(rng);
                let rating = |r| Some(self.grade(self.see(t, r, rng)));
                (0..self.n_raters).map(rating).collect()
            })
            .collect();
        Ratings::new(&LEVELS, self.n_raters, &units).expect("grades on the scale")
    }

    /// 15 % of the predicted images show another patient.
    fn patients(&self, n: usize, rng: &mut impl Rng) -> Vec<Vec<Graded>> {
        (0..n)
            .map(|_| {
                let (t, other, chance) = (normal(rng), normal(rng), rng.random::<f64>());
                let shown = if chance < 0.15 { other } else { t };
                let rater = |r| Graded {
                    reference: Some(self.grade(self.see(t, r, rng))),
                    again: Some(self.grade(self.see(t, r, rng))),
                    predicted: Some(self.grade(self.see(shown, r, rng))),
                };
                (0..self.n_raters).map(rater).collect()
            })
            .collect()
    }
}

/// What became of the studies of one cell.
#[derive(Clone, Copy, Default)]
struct Shares {
    /// Of the intervals, those that cover.
    covering: f64,
    /// Of the studies, those without an interval.
    without: f64,
    /// Of the intervals, those told with a warning.
    warned: f64,
}

/// By statistic and size, for each cell.
type Tally = BTreeMap<(String, usize), Vec<Shares>>;

fn covered(
    n_studies: usize,
    truth: &BTreeMap<String, f64>,
    study: impl Fn(&mut ChaCha8Rng) -> Vec<(String, Outcome)> + Sync,
) -> BTreeMap<String, Shares> {
    let found: Vec<Vec<(String, Option<bool>, bool)>> = (0..n_studies)
        .into_par_iter()
        .map(|idx| {
            let mut rng = ChaCha8Rng::seed_from_u64(17);
            rng.set_stream(idx as u64);
            let covers = |(name, outcome): (String, Outcome)| {
                let truth = truth[&name];
                // Ends may meet the truth but for rounding.
                let inside = outcome
                    .interval()
                    .map(|(low, high)| low - 1e-9 <= truth && truth <= high + 1e-9);
                (name, inside, outcome.warning().is_some())
            };
            study(&mut rng).into_iter().map(covers).collect()
        })
        .collect();
    let mut sums: BTreeMap<String, [f64; 4]> = BTreeMap::new();
    for (name, inside, warned) in found.into_iter().flatten() {
        let sum = sums.entry(name).or_default();
        sum[0] += f64::from(u8::from(inside == Some(true)));
        sum[1] += f64::from(u8::from(inside.is_some()));
        sum[2] += 1.0;
        sum[3] += f64::from(u8::from(inside.is_some() && warned));
    }
    let shares = |[hits, with, all, warned]: [f64; 4]| Shares {
        covering: hits / with,
        without: 1.0 - with / all,
        warned: warned / with,
    };
    let sums = sums.into_iter();
    sums.map(|(name, sum)| (name, shares(sum))).collect()
}

fn coefficients(ratings: &Ratings, interval: Interval, cheap: bool) -> Vec<(String, Outcome)> {
    let mut found: Vec<(String, Outcome)> = Vec::new();
    let mut add = |name: String, outcome| found.push((name, outcome));
    for metric in Metric::ALL {
        let name = format!("alpha, {metric}");
        add(
            name,
            match cheap {
                true => alpha(ratings, metric),
                false => alpha_with_interval(ratings, metric, interval.confidence),
            },
        );
    }
    for weights in Weights::ALL {
        let table = ratings.table(0, 1).expect("two raters");
        add(
            format!("Cohen's kappa, {weights}"),
            cohen_kappa(&table, weights, interval),
        );
        for (name, of) in [
            ("Gwet", Coefficient::Gwet),
            ("Conger", Coefficient::Conger),
            ("Brennan-Prediger", Coefficient::BrennanPrediger),
        ] {
            let name = format!("{name}, {weights}");
            add(name, chance_corrected(ratings, of, weights, interval));
        }
    }
    for form in IccForm::ALL {
        add(form.to_string(), icc(ratings, form, interval));
    }
    for (name, within) in [("equal grades", 0), ("equal or next grades", 1)] {
        add(name.into(), percent_agreement(ratings, within, interval));
    }
    found
}

fn same_grade(patients: &[Vec<Graded>]) -> Vec<(String, Outcome)> {
    let found = SameGrade::of(patients, &LEVELS, 0.95);
    let pairs: Vec<Vec<Option<(bool, bool)>>> = patients
        .iter()
        .map(|raters| {
            let finding = |g: &Graded| g.pair().map(|(a, b)| (a >= 3.0, b >= 3.0));
            raters.iter().map(finding).collect()
        })
        .collect();
    let alike = |g: &Graded| g.pair().map(|(a, b)| a == b);
    let units: Vec<Vec<Option<bool>>> = patients
        .iter()
        .map(|raters| raters.iter().map(alike).collect())
        .collect();
    let first = units.iter().filter(|unit| unit[0] == Some(true)).count();
    vec![
        ("same grade (A)".into(), found.same),
        ("same grade within one step".into(), found.within_one),
        (
            "against the own repeat (B)".into(),
            found.against_repeat.expect("repeats"),
        ),
        ("interchange (C)".into(), found.interchange),
        ("shift, t".into(), found.shift),
        (
            "same grade, mean of raters".into(),
            share_over_units(&units, Pooling::MeanOfRaters, 0.95),
        ),
        (
            "same grade, one rater, Wilson".into(),
            wilson(first, units.len(), 0.95),
        ),
        (
            "positive agreement".into(),
            specific_agreement(&pairs, true, 0.95),
        ),
        (
            "negative agreement".into(),
            specific_agreement(&pairs, false, 0.95),
        ),
    ]
}

fn values(found: Vec<(String, Outcome)>) -> BTreeMap<String, f64> {
    found
        .into_iter()
        .filter_map(|(name, outcome)| Some((name, outcome.value()?)))
        .collect()
}

fn add(tally: &mut Tally, n: usize, found: BTreeMap<String, Shares>) {
    for (name, share) in found {
        tally.entry((name, n)).or_default().push(share);
    }
}

fn grades(tally: &mut Tally, n_studies: usize) {
    for cell in Cell::all() {
        let mut rng = ChaCha8Rng::seed_from_u64(99);
        let truth = values(coefficients(
            &cell.ratings(N_TRUTH, &mut rng),
            Interval::asymptotic(0.95),
            true,
        ));
        let moved = values(same_grade(&cell.patients(N_TRUTH, &mut rng)));
        // Two arms seen by the same raters alike: the difference is 0.
        let none = BTreeMap::from([("difference of alphas, BCa".to_owned(), 0.0)]);
        for n in SIZES {
            let found = covered(n_studies, &truth, |rng| {
                coefficients(&cell.ratings(n, rng), Interval::at(0.95), false)
            });
            add(tally, n, found);
            let found = covered(n_studies, &moved, |rng| same_grade(&cell.patients(n, rng)));
            add(tally, n, found);
            let found = covered(n_studies / 4, &none, |rng| {
                let patients = cell.patients(n, rng);
                let arm = |of: &dyn Fn(&Graded) -> Option<f64>| {
                    let units: Vec<Vec<Option<f64>>> = patients
                        .iter()
                        .map(|r| r.iter().map(of).collect())
                        .collect();
                    Ratings::new(&LEVELS, cell.n_raters, &units).expect("grades")
                };
                let bootstrap = Bootstrap {
                    n_resamples: 1000,
                    ..Bootstrap::default()
                };
                let (a, b) = (arm(&|g| g.reference), arm(&|g| g.again));
                let found = alpha_difference(&a, &b, Metric::Ordinal, &bootstrap, rng);
                vec![("difference of alphas, BCa".into(), found)]
            });
            add(tally, n, found);
        }
        eprintln!("{cell:?}");
    }
}

/// Scores of two classes, continuous or cut into grades, of one or more readers on two arms.
fn areas(tally: &mut Tally, n_studies: usize) {
    for (share, wide) in [(0.3, 1.0), (0.3, 2.0), (0.16, 1.0), (0.5, 1.0)] {
        for shift in [0.8, 2.4] {
            for cut in [false, true] {
                let score = move |positive: bool, rng: &mut ChaCha8Rng| {
                    let x = if positive {
                        shift + wide * normal(rng)
                    } else {
                        normal(rng)
                    };
                    if cut {
                        ((x + 1.0).round()).clamp(0.0, 4.0)
                    } else {
                        x
                    }
                };
                let mut rng = ChaCha8Rng::seed_from_u64(5);
                let cases = |n: usize, rng: &mut ChaCha8Rng| -> Vec<(f64, bool)> {
                    let n_positive = ((n as f64 * share).round() as usize).max(2);
                    (0..n)
                        .map(|i| (score(i < n_positive, rng), i < n_positive))
                        .collect()
                };
                let truth = auroc(&cases(N_TRUTH, &mut rng), Interval::asymptotic(0.95));
                let truth = BTreeMap::from([
                    (
                        "area under the ROC curve".to_owned(),
                        truth.value().expect("an area"),
                    ),
                    ("difference of areas, one reader".to_owned(), 0.0),
                    ("difference of areas, readers and cases".to_owned(), 0.0),
                    ("difference of areas, these readers".to_owned(), 0.0),
                    ("difference of areas, U-statistic".to_owned(), 0.0),
                ]);
                for n in SIZES {
                    let found = covered(n_studies, &truth, |rng| {
                        let one = cases(n, rng);
                        let paired: Vec<PairedScores> = one
                            .iter()
                            .map(|(first, positive)| PairedScores {
                                positive: *positive,
                                first: *first,
                                second: score(*positive, rng),
                            })
                            .collect();
                        let study = ReaderStudy {
                            truth: one.iter().map(|of| of.1).collect(),
                            scores: (0..3)
                                .map(|_| {
                                    [0, 1].map(|_| one.iter().map(|of| score(of.1, rng)).collect())
                                })
                                .collect(),
                        };
                        let or = study.obuchowski_rockette().expect("two classes");
                        vec![
                            (
                                "area under the ROC curve".into(),
                                auroc(&one, Interval::at(0.95)),
                            ),
                            (
                                "difference of areas, one reader".into(),
                                auroc_difference(&paired, 0.95),
                            ),
                            (
                                "difference of areas, readers and cases".into(),
                                or.difference(Generalise::ReadersAndCases, 0.95),
                            ),
                            (
                                "difference of areas, these readers".into(),
                                or.difference(Generalise::Cases, 0.95),
                            ),
                            (
                                "difference of areas, U-statistic".into(),
                                study.u_statistic_difference(0.95),
                            ),
                        ]
                    });
                    add(tally, n, found);
                }
            }
        }
    }
    eprintln!("areas");
}

/// Measurements: normal, and with a long tail.
fn measurements(tally: &mut Tally, n_studies: usize) {
    for correlation in [0.0_f64, 0.55, 0.92] {
        for skewed in [false, true] {
            let pair = move |rng: &mut ChaCha8Rng| {
                let (a, e) = (normal(rng), normal(rng));
                let b = correlation * a + (1.0 - correlation * correlation).sqrt() * e;
                if skewed {
                    ((0.7 * a).exp(), (0.7 * b).exp())
                } else {
                    (a, b)
                }
            };
            let pairs = |n: usize, rng: &mut ChaCha8Rng| -> Vec<(f64, f64)> {
                (0..n).map(|_| pair(rng)).collect()
            };
            let of = |pairs: &[(f64, f64)]| {
                let ba = bland_altman(pairs, LimitsInterval::Exact, 0.95);
                let tail = if skewed { ", long tail" } else { ", normal" };
                vec![
                    (format!("Pearson's r{tail}"), pearson(pairs, 0.95)),
                    ("Spearman's rho".into(), spearman(pairs, 0.95)),
                    (
                        format!("mean absolute error{tail}"),
                        mean_absolute_error(pairs, 0.95),
                    ),
                    (format!("Bland-Altman bias{tail}"), ba.bias),
                    (format!("Bland-Altman limits{tail}"), ba.upper),
                ]
            };
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let truth = values(of(&pairs(N_TRUTH, &mut rng)));
            for n in SIZES {
                let found = covered(n_studies, &truth, |rng| of(&pairs(n, rng)));
                add(tally, n, found);
            }
        }
    }
}

fn main() {
    let studies = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let n_studies: usize = studies.unwrap_or(2000);
    let mut tally = Tally::new();
    grades(&mut tally, n_studies);
    areas(&mut tally, n_studies);
    measurements(&mut tally, n_studies);
    let mut names: Vec<&String> = tally.keys().map(|key| &key.0).collect();
    names.dedup();
    let mut text =
        String::from("| statistic | n = 10 | n = 31 | n = 60 | n = 100 | without, at 10 |\n");
    text += "| --- | --- | --- | --- | --- | --- |\n";
    for name in names {
        text += &format!("| {name} |");
        for n in SIZES {
            let shares = &tally[&(name.clone(), n)];
            let all = shares.iter().map(|of| of.covering);
            let (low, high) = (
                all.clone().fold(f64::INFINITY, f64::min),
                all.fold(0.0, f64::max),
            );
            // Under 0.93, and not always told so.
            let silent = shares
                .iter()
                .any(|of| of.covering < 0.93 && of.warned < 1.0);
            let warned = shares.iter().all(|of| of.warned == 1.0);
            let mark = if silent {
                "!"
            } else if warned {
                "*"
            } else {
                ""
            };
            text += &format!(" {low:.3}-{high:.3}{mark} |").replace("0.", ".");
        }
        let without = &tally[&(name.clone(), SIZES[0])];
        let most = without.iter().map(|of| of.without).fold(0.0, f64::max);
        text += &format!(" {most:.2} |\n").replace("0.", ".");
    }
    std::io::stdout()
        .write_all(text.as_bytes())
        .expect("standard output");
}
