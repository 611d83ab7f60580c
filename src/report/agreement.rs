//! Every statistic of agreement of one table of ratings, each under a name that stays.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;

use super::options::AnalysisOptions;
use crate::stats::{
    Coefficient, IccForm, Metric, Outcome, Ratings, Weights, alpha_analytic, alpha_bootstrapped,
    alpha_with_interval, chance_corrected, cohen_kappa, fleiss_kappa, hughes_alpha, icc, kendall_w,
    light_kappa, percent_agreement,
};

/// Variants of one statistic by their names.
pub type ByName = BTreeMap<&'static str, Outcome>;

/// Agreement between the raters of one table. In JSON every field is a key; maps have one key for
/// each variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Krippendorff's alpha: `nominal`, `ordinal`, `interval`, `ratio`.
    pub alpha: ByName,
    /// Alpha in Hughes' form, with his interval: `nominal`, `ordinal`, `interval`, `ratio`.
    pub alpha_hughes: ByName,
    /// Alpha with agreement weights and a linearised standard error: `unweighted`, `linear`,
    /// `quadratic`.
    pub alpha_analytic: ByName,
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
    /// The ratings are measurements, for which shares of equal ones say nothing.
    #[serde(skip)]
    pub(super) measured: bool,
}

impl Agreement {
    /// Computes all of it. `raters` names the columns; where alpha's intervals are bootstrapped,
    /// they come from the `stream` of the options' seed and the streams after it, one for each
    /// metric.
    #[must_use]
    pub fn of(
        ratings: &Ratings,
        raters: &[String],
        options: &AnalysisOptions,
        stream: u64,
    ) -> Self {
        let interval = options.interval;
        let weighted = |of: &dyn Fn(Weights) -> Outcome| -> ByName {
            Weights::ALL.map(|w| (weights_key(w), of(w))).into()
        };
        let corrected =
            |coefficient| weighted(&|w| chance_corrected(ratings, coefficient, w, interval));
        let gwet = |w| chance_corrected(ratings, Coefficient::Gwet, w, interval);
        let pairs = (0..raters.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let hughes = |metric| hughes_alpha(ratings, metric, interval.confidence);
        Self {
            alpha: alphas(ratings, options, stream),
            alpha_hughes: Metric::ALL.map(|m| (m.name(), hughes(m))).into(),
            alpha_analytic: weighted(&|w| alpha_analytic(ratings, w, interval.confidence)),
            percent_agreement: percent_agreement(ratings, 0, interval),
            percent_agreement_within_one: percent_agreement(ratings, 1, interval),
            cohen: pairs
                .filter_map(|(a, b)| {
                    let table = ratings.table(a, b)?;
                    let kappas = weighted(&|w| cohen_kappa(&table, w, interval));
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
                .map(|form| (icc_key(form), icc(ratings, form, interval)))
                .into(),
            kendall_w: kendall_w(ratings),
            measured: options.measured,
        }
    }

    /// What a reader looks for first, in that order: the name and the outcome.
    #[must_use]
    pub fn main(&self) -> Vec<(String, &Outcome)> {
        let all = self.all();
        let wanted = |name: &str| match self.measured {
            true => MAIN_OF_MEASUREMENTS
                .iter()
                .any(|main| name.starts_with(main)),
            false => MAIN.iter().any(|main| name.starts_with(main)),
        };
        all.into_iter().filter(|(name, _)| wanted(name)).collect()
    }

    /// Every statistic, those of [`Agreement::main`] in the same order.
    #[must_use]
    pub fn all(&self) -> Vec<(String, &Outcome)> {
        let mut rows: Vec<(String, &Outcome)> = Vec::new();
        let mut add = |name: String, outcome| rows.push((name, outcome));
        for metric in Metric::ALL {
            let name = metric.name();
            add(format!("Krippendorff's alpha, {name}"), &self.alpha[name]);
        }
        for metric in Metric::ALL {
            let name = metric.name();
            add(
                format!("alpha in Hughes' form, {name}"),
                &self.alpha_hughes[name],
            );
        }
        let weighted = |name: &str, of: &'static str| match of {
            "unweighted" => format!("{name}, unweighted"),
            of => format!("{name}, {of} weights"),
        };
        for (of, outcome) in &self.alpha_analytic {
            add(weighted("alpha, linearised", of), outcome);
        }
        add("equal grades".into(), &self.percent_agreement);
        add(
            "equal or next grades".into(),
            &self.percent_agreement_within_one,
        );
        add("Gwet's AC1".into(), &self.gwet["ac1"]);
        add(
            "Gwet's AC2, quadratic weights".into(),
            &self.gwet["ac2_quadratic"],
        );
        add(
            "Gwet's AC2, linear weights".into(),
            &self.gwet["ac2_linear"],
        );
        add("Fleiss' kappa".into(), &self.fleiss);
        for (of, outcome) in &self.conger {
            add(weighted("Conger's kappa", of), outcome);
        }
        for (of, outcome) in &self.brennan_prediger {
            add(weighted("Brennan-Prediger", of), outcome);
        }
        for (of, outcome) in &self.light {
            add(weighted("Light's kappa", of), outcome);
        }
        for form in IccForm::ALL {
            add(form.name().into(), &self.icc[icc_key(form)]);
        }
        add("Kendall's W".into(), &self.kendall_w);
        for weights in Weights::ALL {
            for (pair, kappas) in &self.cohen {
                let of = weights_key(weights);
                let pair = pair.replace('|', " and ");
                let name = format!("{}, {pair}", weighted("Cohen's kappa", of));
                add(name, &kappas[of]);
            }
        }
        rows
    }
}

/// How the names begin that a reader looks for first.
const MAIN: [&str; 10] = [
    "Krippendorff's alpha",
    "equal grades",
    "equal or next grades",
    "Gwet's AC1",
    "Gwet's AC2, quadratic",
    "Fleiss' kappa",
    "Light's kappa, quadratic",
    "ICC(A,1)",
    "Kendall's W",
    "Cohen's kappa, quadratic",
];

/// The same of measurements.
const MAIN_OF_MEASUREMENTS: [&str; 5] = [
    "Krippendorff's alpha, interval",
    "Krippendorff's alpha, ratio",
    "ICC(A,1)",
    "ICC(C,1)",
    "Kendall's W",
];

/// Alpha on every metric; bootstrapped ones each from their own stream of random numbers, so that
/// no interval depends on how many numbers another one drew.
pub(super) fn alphas(ratings: &Ratings, options: &AnalysisOptions, stream: u64) -> ByName {
    (stream..)
        .zip(Metric::ALL)
        .map(|(stream, metric)| {
            let alpha = match &options.bootstrap {
                None => alpha_with_interval(ratings, metric, options.interval.confidence),
                Some(bootstrap) => {
                    let mut rng = ChaCha20Rng::seed_from_u64(options.seed);
                    rng.set_stream(stream);
                    alpha_bootstrapped(ratings, metric, bootstrap, &mut rng)
                }
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
