//! Every statistic of agreement of one table of ratings, each under a name that stays.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;

use super::AnalysisOptions;
use crate::stats::{
    Coefficient, IccForm, Metric, Outcome, Ratings, Weights, alpha, alpha_with_interval,
    chance_corrected, cohen_kappa, fleiss_kappa, icc, kendall_w, light_kappa, percent_agreement,
};

/// Coverage of the intervals that no resamples are made for.
const CONFIDENCE: f64 = 0.95;

/// Variants of one statistic by their names.
pub type ByName = BTreeMap<&'static str, Outcome>;

/// Agreement between the raters of one table. In JSON every field is a key; maps have one key for
/// each variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Krippendorff's alpha: `nominal`, `ordinal`, `interval`, `ratio`.
    pub alpha: ByName,
    /// Share of pairs of ratings that are equal.
    pub percent_agreement: Outcome,
    /// Share of pairs of ratings that are a step apart at most.
    pub percent_agreement_within_one: Outcome,
    /// Cohen's kappa of each two raters, as `first|second`: `unweighted`, `linear`, `quadratic`.
    pub cohen: BTreeMap<String, ByName>,
    /// Mean of Cohen's kappa over pairs: `unweighted`, `linear`, `quadratic`.
    pub light: ByName,
    /// Fleiss' kappa.
    pub fleiss: Outcome,
    /// Conger's kappa: `unweighted`, `linear`, `quadratic`.
    pub conger: ByName,
    /// Gwet's coefficients: `ac1`, `ac2_linear`, `ac2_quadratic`.
    pub gwet: ByName,
    /// Brennan and Prediger's coefficient: `unweighted`, `linear`, `quadratic`.
    pub brennan_prediger: ByName,
    /// Intraclass correlation, McGraw and Wong's six forms: `1,1`, `A,1`, `C,1`, `1,k`, `A,k`,
    /// `C,k`.
    pub icc: ByName,
    /// Kendall's W.
    pub kendall_w: Outcome,
}

impl Agreement {
    /// Computes all of it. `raters` names the columns; intervals of alpha come from the `stream`
    /// of the options' seed and the streams after it, one for each metric.
    #[must_use]
    pub fn of(
        ratings: &Ratings,
        raters: &[String],
        options: &AnalysisOptions,
        stream: u64,
    ) -> Self {
        let weighted = |of: &dyn Fn(Weights) -> Outcome| -> ByName {
            Weights::ALL.map(|w| (weights_key(w), of(w))).into()
        };
        let corrected =
            |coefficient| weighted(&|w| chance_corrected(ratings, coefficient, w, CONFIDENCE));
        let gwet = |w| chance_corrected(ratings, Coefficient::Gwet, w, CONFIDENCE);
        let pairs = (0..raters.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        Self {
            alpha: alphas(ratings, options, stream),
            percent_agreement: percent_agreement(ratings, 0, CONFIDENCE),
            percent_agreement_within_one: percent_agreement(ratings, 1, CONFIDENCE),
            cohen: pairs
                .filter_map(|(a, b)| {
                    let table = ratings.table(a, b)?;
                    let kappas = weighted(&|w| cohen_kappa(&table, w, CONFIDENCE));
                    Some((format!("{}|{}", raters[a], raters[b]), kappas))
                })
                .collect(),
            light: weighted(&|w| light_kappa(ratings, w)),
            fleiss: fleiss_kappa(ratings),
            conger: corrected(Coefficient::Conger),
            gwet: [
                ("ac1", gwet(Weights::Identity)),
                ("ac2_linear", gwet(Weights::Linear)),
                ("ac2_quadratic", gwet(Weights::Quadratic)),
            ]
            .into(),
            brennan_prediger: corrected(Coefficient::BrennanPrediger),
            icc: IccForm::ALL
                .map(|form| (icc_key(form), icc(ratings, form, CONFIDENCE)))
                .into(),
            kendall_w: kendall_w(ratings),
        }
    }

    /// What a reader looks for first, in that order: the name and the outcome.
    #[must_use]
    pub fn main(&self) -> Vec<(String, &Outcome)> {
        let mut rows: Vec<(String, &Outcome)> = Vec::new();
        let mut add = |name: &str, outcome| rows.push((name.to_owned(), outcome));
        for metric in Metric::ALL {
            add(
                &format!("Krippendorff's alpha, {metric}"),
                &self.alpha[metric.name()],
            );
        }
        add("equal grades", &self.percent_agreement);
        add("equal or next grades", &self.percent_agreement_within_one);
        add("Gwet's AC1", &self.gwet["ac1"]);
        add("Gwet's AC2, quadratic weights", &self.gwet["ac2_quadratic"]);
        add("Fleiss' kappa", &self.fleiss);
        add("Light's kappa, quadratic weights", &self.light["quadratic"]);
        add("ICC(A,1)", &self.icc["A,1"]);
        add("Kendall's W", &self.kendall_w);
        for (pair, kappas) in &self.cohen {
            let name = format!(
                "Cohen's kappa, quadratic weights, {}",
                pair.replace('|', " and ")
            );
            add(&name, &kappas["quadratic"]);
        }
        rows
    }
}

/// Alpha on every metric, each from its own stream of random numbers, so that no interval depends
/// on how many numbers another one drew.
pub(super) fn alphas(ratings: &Ratings, options: &AnalysisOptions, stream: u64) -> ByName {
    (stream..)
        .zip(Metric::ALL)
        .map(|(stream, metric)| {
            let mut rng = ChaCha20Rng::seed_from_u64(options.seed);
            rng.set_stream(stream);
            let alpha = match &options.bootstrap {
                None => alpha(ratings, metric),
                Some(bootstrap) => alpha_with_interval(ratings, metric, bootstrap, &mut rng),
            };
            (metric.name(), alpha)
        })
        .collect()
}

fn weights_key(weights: Weights) -> &'static str {
    match weights {
        Weights::Identity => "unweighted",
        Weights::Linear => "linear",
        Weights::Quadratic => "quadratic",
    }
}

fn icc_key(form: IccForm) -> &'static str {
    match form {
        IccForm::OneWay => "1,1",
        IccForm::Agreement => "A,1",
        IccForm::Consistency => "C,1",
        IccForm::OneWayMean => "1,k",
        IccForm::AgreementMean => "A,k",
        IccForm::ConsistencyMean => "C,k",
    }
}
