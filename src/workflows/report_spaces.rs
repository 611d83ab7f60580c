//! An evaluation of networks that mark perivascular spaces as a report, with the figure of paper 003.

use super::spaces::{EvaluatedSpaces, MaskCurves, MeanScores, SpacesEvaluation, SpacesLoad};
use crate::report::{
    Cell, CellKind, CurvePoint, DrawnCurve, EvaluationReport, line_figure, scatter_figure,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Writes an evaluation of networks that mark spaces as a report: Figure 1 of paper 003 as tables and
/// pictures, and how challenges score.
///
/// # Errors
/// When the folder holds a report already, and when a file cannot be written.
pub fn report_spaces(evaluation: &SpacesEvaluation, folder: &Path) -> anyhow::Result<()> {
    let mut lead = vec![format!(
        "Networks that mark perivascular spaces, judged by the masks of {} in {}{}. Clusters have 26 neighbours; scores are means over heads.",
        evaluation.mask,
        evaluation.data_set,
        simulated(evaluation.is_simulated),
    )];
    lead.extend(evaluation.models.iter().map(|model| {
        format!(
            "{}: {}. Masks were compared {}.",
            model.name, model.trained_on, model.within
        )
    }));
    lead.push(evaluation.cluster_rule.to_owned());
    lead.push("The best threshold is that of these very heads, which makes its own scores look better than those of new heads would.".to_owned());
    let mut report = EvaluationReport::new("Perivascular spaces: segmentation", lead);
    for (number, model) in evaluation.models.iter().enumerate() {
        let id = |what: &str| format!("{what}_{}", number + 1);
        let part = OfModel { model, id: &id };
        part.summary(&mut report);
        part.dice(&mut report)?;
        part.rating(&mut report)?;
        part.distribution(&mut report)?;
    }
    Ok(report.write(json(evaluation)?, folder)?)
}

pub(super) fn simulated(is_simulated: bool) -> &'static str {
    match is_simulated {
        true => ", simulated heads, nobody's scans",
        false => "",
    }
}

pub(super) fn json(evaluation: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(evaluation)?;
    json.push(b'\n');
    Ok(json)
}

type Measure = fn(&MeanScores) -> Option<f64>;

/// What is drawn: its id, its words, and where it stands.
const MEASURES: [(&str, &str, Measure); 2] = [
    ("voxels", "Dice coefficient of voxels", |row| {
        row.mean.voxel_dice
    }),
    ("clusters", "F1 of clusters (SHiVAi)", |row| {
        row.mean.shivai_f1
    }),
];

struct OfModel<'a> {
    model: &'a EvaluatedSpaces,
    id: &'a dyn Fn(&str) -> String,
}

impl OfModel<'_> {
    /// The network, the second rater and vesselness at their best thresholds, by every rule.
    fn summary(&self, report: &mut EvaluationReport) {
        let model = self.model;
        let beside = [
            ("second rater", &model.second_rater),
            ("Frangi's vesselness", &model.frangi),
        ];
        let mut all = vec![(model.name.as_str(), &model.scores)];
        all.extend(
            beside
                .iter()
                .filter_map(|(name, curves)| Some((*name, curves.as_ref()?))),
        );
        let mut rows = Vec::new();
        for (name, curves) in all {
            for mm3 in [0.0, 5.0, 10.0, 15.0] {
                let at = |row: &&MeanScores| {
                    row.threshold == curves.best_threshold && row.left_out_mm3 == mm3
                };
                if let Some(found) = curves.curves.iter().find(at) {
                    rows.push(score_cells(name, found));
                }
            }
        }
        let columns = [
            ("", "by", CellKind::Words),
            ("threshold", "threshold", CellKind::Number(3)),
            ("left out up to, mm3", "left_out_mm3", CellKind::Number(0)),
            ("Dice of voxels", "voxel_dice", CellKind::Number(3)),
            ("F1, SHiVAi", "shivai_f1", CellKind::Number(3)),
            ("F1, any touch", "touch_f1", CellKind::Number(3)),
            ("F1, EPVS 2024", "epvs_f1", CellKind::Number(3)),
            ("F1, VALDO", "valdo_f1", CellKind::Number(3)),
            (
                "clusters, difference",
                "count_difference",
                CellKind::Number(1),
            ),
            (
                "volume, difference, mm3",
                "volume_difference_mm3",
                CellKind::Number(1),
            ),
            (
                "clusters, apart",
                "absolute_count_difference",
                CellKind::Number(1),
            ),
            (
                "volume, apart, mm3",
                "absolute_volume_difference_mm3",
                CellKind::Number(1),
            ),
        ];
        let title = format!(
            "Scores of {} on {} heads, each at its best threshold.",
            model.name, model.patients
        );
        report.table(
            [
                &(self.id)("scores"),
                &title,
                "Clusters of at most so many mm3 are left out of both masks, each by itself, so that the Dice coefficient of voxels falls as more are left out. Differences are means of predicted less true; how far both lie apart is the mean of absolute differences, as the VALDO challenge ranks them.",
            ],
            &columns,
            rows,
        );
    }

    /// Figure 1A: Dice by threshold and by size, as table and pictures.
    fn dice(&self, report: &mut EvaluationReport) -> anyhow::Result<()> {
        let curves = &self.model.scores;
        let rows = curves.curves.iter().map(|row| {
            vec![
                Cell::Number(Some(row.threshold)),
                Cell::Number(Some(row.left_out_mm3)),
                Cell::Number(row.mean.voxel_dice),
                Cell::Number(row.mean.shivai_f1),
            ]
        });
        let rows: Vec<Vec<Cell>> = rows.collect();
        for (what, words, of) in MEASURES {
            let drawn = by_threshold(curves, of);
            let title = format!("{}: {words} by threshold", self.model.name);
            let figure = line_figure(&title, ["Clusters left out up to, mm3", words], &drawn)?;
            report.figure(
                &(self.id)(&format!("dice_{what}")),
                format!(
                    "{words} by the volume up to which clusters are left out of both masks, a line for each threshold of the probability (Figure 1A of Boutinaud and others 2021). {}.",
                    self.model.name
                ),
                figure,
            );
        }
        let mut all = vec![(self.model.name.as_str(), &self.model.scores)];
        all.extend(self.model.second_rater.iter().map(|c| ("second rater", c)));
        all.extend(self.model.frangi.iter().map(|c| ("Frangi", c)));
        // Side by side: F1 of clusters alone would have a mask win that marks everything.
        for (what, words, of) in MEASURES {
            let best: Vec<DrawnCurve> = all.iter().map(|(name, c)| curve(name, c, of)).collect();
            let title = "Each at its best threshold";
            let figure = line_figure(title, ["Clusters left out up to, mm3", words], &best)?;
            report.figure(
                &(self.id)(&format!("beside_{what}")),
                format!(
                    "{words} at the best threshold of each, beside another rater and Frangi's vesselness on the same heads."
                ),
                figure,
            );
        }
        report.table(
            [
                &(self.id)("dice"),
                &format!("Dice by threshold and size, {}.", self.model.name),
                "",
            ],
            &[
                ("threshold", "threshold", CellKind::Number(1)),
                ("left out up to, mm3", "left_out_mm3", CellKind::Number(0)),
                ("Dice of voxels", "voxel_dice", CellKind::Number(3)),
                ("F1 of clusters", "cluster_f1", CellKind::Number(3)),
            ],
            rows,
        );
        Ok(())
    }

    /// Figure 1B: the visual rating and the number of clusters.
    fn rating(&self, report: &mut EvaluationReport) -> anyhow::Result<()> {
        let Some(rating) = &self.model.rating else {
            return Ok(());
        };
        let mut rows = Vec::new();
        if let Some(fit) = &rating.fit {
            let number = |name: &str, value: f64| {
                vec![
                    Cell::Words(name.to_owned()),
                    Cell::Number(Some(value)),
                    Cell::Blank,
                ]
            };
            rows.extend([
                number("McFadden's pseudo-R2, 1 - LL / LL0", fit.mcfadden),
                number("Cox and Snell's pseudo-R2", fit.cox_snell),
                number("Nagelkerke's pseudo-R2", fit.nagelkerke),
            ]);
            for estimate in &fit.coefficients {
                rows.push(vec![
                    Cell::Words("log odds of a higher grade for each cluster".to_owned()),
                    Cell::Blank,
                    Cell::Outcome(estimate.clone()),
                ]);
            }
            rows.push(vec![
                Cell::Words("likelihood-ratio test, chi-squared".to_owned()),
                Cell::Number(fit.likelihood_ratio.value()),
                Cell::Words(
                    fit.likelihood_ratio
                        .p()
                        .map_or_else(String::new, |p| format!("p = {p:.2e}")),
                ),
            ]);
        }
        let why = rating
            .reason
            .clone()
            .map_or_else(String::new, |reason| format!(" There is no fit: {reason}."));
        report.table(
            [
                &(self.id)("rating"),
                &format!(
                    "Proportional-odds regression of the visual rating of rater {} on the number of clusters of {} above 0.5, n = {}.",
                    rating.rater, self.model.name, rating.n
                ),
                &format!("Clusters in white matter where a label map says so.{why}"),
            ],
            &[
                ("", "what", CellKind::Words),
                ("value", "value", CellKind::Number(3)),
                ("estimate", "estimate", CellKind::Estimate),
            ],
            rows,
        );
        let mut groups: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
        for load in &self.model.loads {
            if let Some(grade) = load.rating {
                let group = groups.entry(format!("grade {grade}")).or_default();
                group.push([grade, load.clusters as f64]);
            }
        }
        if groups.is_empty() {
            return Ok(());
        }
        let groups: Vec<(String, Vec<[f64; 2]>)> = groups.into_iter().collect();
        let figure = scatter_figure(
            &format!("{}: clusters by visual rating", self.model.name),
            ["Visual rating", "Clusters above 0.5"],
            &groups,
        )?;
        report.figure(
            &(self.id)("clusters_by_rating"),
            "Number of clusters of each head by its visual rating (Figure 1B).",
            figure,
        );
        Ok(())
    }

    /// Figure 1C: the distribution in a second data set.
    fn distribution(&self, report: &mut EvaluationReport) -> anyhow::Result<()> {
        let Some(two) = &self.model.distribution else {
            return Ok(());
        };
        let test = |name: &str, outcome: &crate::stats::Outcome| {
            vec![
                Cell::Words(name.to_owned()),
                Cell::Number(outcome.value()),
                Cell::Outcome(outcome.clone()),
            ]
        };
        report.table(
            [
                &(self.id)("distribution"),
                &format!(
                    "Numbers of clusters of {} heads against {} of {}.",
                    self.model.loads.len(),
                    two.loads.len(),
                    two.against
                ),
                "",
            ],
            &[
                ("clusters", "clusters", CellKind::Words),
                ("d", "d", CellKind::Number(3)),
                ("p", "test", CellKind::Test),
            ],
            vec![
                test("all", &two.all),
                test("of more than 5 mm3", &two.larger),
            ],
        );
        let drawn = [
            cumulative("this data set", &self.model.loads),
            cumulative(&two.against, &two.loads),
        ];
        let figure = line_figure(
            &format!("{}: two data sets", self.model.name),
            [
                "Clusters of more than 5 mm3",
                "Share of heads with so many or fewer",
            ],
            &drawn,
        )?;
        report.figure(
            &(self.id)("two_data_sets"),
            "Cumulative share of heads by their number of clusters of more than 5 mm3 (Figure 1C).",
            figure,
        );
        Ok(())
    }
}

fn score_cells(name: &str, row: &MeanScores) -> Vec<Cell> {
    vec![
        Cell::Words(name.to_owned()),
        Cell::Number(Some(row.threshold)),
        Cell::Number(Some(row.left_out_mm3)),
        Cell::Number(row.mean.voxel_dice),
        Cell::Number(row.mean.shivai_f1),
        Cell::Number(row.mean.symmetric_f1),
        Cell::Number(row.mean.epvs_f1),
        Cell::Number(row.mean.valdo_f1),
        Cell::Number(Some(row.count_difference)),
        Cell::Number(Some(row.volume_difference_mm3)),
        Cell::Number(Some(row.absolute_count_difference)),
        Cell::Number(Some(row.absolute_volume_difference_mm3)),
    ]
}

fn points<'a>(rows: impl Iterator<Item = &'a MeanScores>, of: Measure) -> Vec<CurvePoint> {
    rows.filter_map(|row| {
        Some(CurvePoint {
            at: [row.left_out_mm3, of(row)?],
            interval: None,
        })
    })
    .collect()
}

/// A line for each threshold.
fn by_threshold(curves: &MaskCurves, of: Measure) -> Vec<DrawnCurve> {
    let first = curves.curves.iter().filter(|row| row.left_out_mm3 == 0.0);
    first
        .map(|row| DrawnCurve {
            name: row.threshold.to_string(),
            points: points(
                curves
                    .curves
                    .iter()
                    .filter(|other| other.threshold == row.threshold),
                of,
            ),
        })
        .collect()
}

/// A measure by size at the best threshold.
fn curve(name: &str, curves: &MaskCurves, of: Measure) -> DrawnCurve {
    let best = curves.curves.iter();
    let best = best.filter(|row| row.threshold == curves.best_threshold);
    DrawnCurve {
        name: name.to_owned(),
        points: points(best, of),
    }
}

/// The share of heads with so many clusters or fewer.
fn cumulative(name: &str, loads: &[SpacesLoad]) -> DrawnCurve {
    let mut numbers: Vec<usize> = loads.iter().map(|load| load.larger_clusters).collect();
    numbers.sort_unstable();
    let n = numbers.len() as f64;
    let mut points = vec![CurvePoint {
        at: [0.0, 0.0],
        interval: None,
    }];
    for (at, &number) in numbers.iter().enumerate() {
        for share in [at, at + 1] {
            points.push(CurvePoint {
                at: [number as f64, share as f64 / n],
                interval: None,
            });
        }
    }
    DrawnCurve {
        name: name.to_owned(),
        points,
    }
}
