//! What was done, in sentences: every choice that changes a number.

use crate::{
    report::{
        Bound, StudyAnalysis, StudyData,
        words::{listed, percent},
    },
    stats::{BootstrapKind, LEAST_FOR_A_VERDICT},
    study::DisplayTest,
};

/// The methods, one paragraph each, as plain text.
pub(super) fn paragraphs(analysis: &StudyAnalysis, data: &StudyData) -> Vec<String> {
    vec![
        design(analysis, data),
        readings(data),
        agreement(analysis),
        comparison(analysis),
        process(analysis, data),
        software(analysis, data),
    ]
}

fn design(analysis: &StudyAnalysis, data: &StudyData) -> String {
    let levels: Vec<String> = analysis.levels.iter().map(f64::to_string).collect();
    let who = match data.protocol.simulated_raters {
        true => "Simulated raters (programs, not persons)",
        false => "Raters",
    };
    let sittings = match data.protocol.installments {
        1 => "in one installment".to_owned(),
        n => format!(
            "in {n} installments, by the protocol at least {} days apart{}",
            data.protocol.washout_days,
            pause(analysis)
        ),
    };
    let twice = match analysis.sittings.n_patients_twice {
        0 => "No installment showed a rater two images of one patient.".to_owned(),
        n => format!("{n} times an installment showed a rater more than one image of a patient."),
    };
    format!(
        "{who} ({}) graded images of {} patients, {} images in all, in the arms {}, {sittings}. \
         {twice} Raters saw each image under a random code, in an order drawn for each rater \
         and installment, and \
         were not told patient, arm, or any other answer. The grades were {} ({}).",
        listed(&data.protocol.raters),
        analysis.n_patients,
        analysis.n_images,
        listed(&data.protocol.arms),
        listed(&levels),
        data.protocol.scale.name,
    )
}

/// What the times say beside the protocol.
fn pause(analysis: &StudyAnalysis) -> String {
    match analysis.sittings.shortest_pause_days {
        None => String::new(),
        Some(days) => format!(" (shortest pause found: {days:.1} days)"),
    }
}

fn readings(data: &StudyData) -> String {
    let repeats = match data.protocol.repeats {
        0 => "No image was to be repeated.".to_owned(),
        n => format!(
            "Each rater was to grade {n} images a second time under another code; these second \
             readings serve the agreement of raters with themselves only, and the first reading of \
             an image counts everywhere else."
        ),
    };
    format!(
        "Where a rater corrected an answer, the last one counts, and earlier ones stay in the \
         audit \
         trail. \"Cannot grade\" is an answer without a grade and is counted apart from images \
                  that \
         a rater did not answer; neither was filled in. Agreement takes the grades there are: a \
         patient with one grade does not enter alpha, and a pair enters only with both grades. \
         Training cases were left out. {repeats}"
    )
}

fn agreement(analysis: &StudyAnalysis) -> String {
    format!(
        "Agreement is Krippendorff's alpha with the interval metric, squared differences of \
         grades, as in the published tracer study; the ordinal metric is given beside it. All levels \
         of the scale enter, whether given or not. Intervals aim at {}. Those of alpha, kappa, \
         Gwet's coefficients and intraclass correlations leave out one patient at a time, with all \
         readings, on the inverse hyperbolic tangent with Student's t; those of shares are Wilson's \
         with as many observations as the spread over patients leaves, since raters saw the same \
         patients. They were chosen by simulated coverage in small and skewed samples; where they \
         do not hold, a caution stands below the table. Where a statistic does not exist, the reason \
         stands in its place.",
        percent(analysis.choices.confidence),
    )
}

fn comparison(analysis: &StudyAnalysis) -> String {
    let (choices, reference) = (&analysis.choices, &analysis.arms[0]);
    let rows = match choices.rows {
        "predicted" => "the predicted arm",
        _ => "the reference arm",
    };
    let kind = match choices.bootstrap {
        BootstrapKind::Percentile => "percentile",
        BootstrapKind::PercentileFixedExpected => "percentile, expected disagreement held fixed",
        BootstrapKind::BiasCorrected => "bias-corrected and accelerated",
    };
    let bound = match analysis.headlines.first().and_then(|own| own.bound) {
        None => "The protocol set no bound for that share, so there is no verdict.".to_owned(),
        Some(Bound::SameGrade(bound)) => format!(
            "The protocol fixed {bound} before the first grade as the bound that its lower limit \
             must lie above, one-sided at {}.",
            percent((1.0 - choices.confidence) / 2.0)
        ),
        Some(Bound::AgainstRepeat(margin)) => format!(
            "The protocol fixed {margin} before the first grade as the margin by which it may be \
             below the rater's own repeat, one-sided at {}. A margin of 0.1 takes about 75 patients \
             to be shown with a power of 80 %; 31 cannot be expected to show it.",
            percent((1.0 - choices.confidence) / 2.0)
        ),
    };
    format!(
        "Each predicted arm is compared with {reference} within rater and patient. The main \
         question is in what share of readings a rater gives the predicted image the grade of the \
         {reference} one, as a mean over raters and then patients. {bound} There is no verdict for \
         fewer than {LEAST_FOR_A_VERDICT} patients. In transition matrices the rows are {rows} and \
         shares are of the row. The share's mean over raters is what the published study calls \
         accuracy. Grades of {} or more count as positive. The difference of alphas between arms \
         takes {} bootstrap resamples of patients with both arms ({kind}; seed {}); no verdict rests \
         on it. p values are adjusted by Holm within each family of tests, as the tables say; \
         intervals are not adjusted.",
        choices.positive_from, choices.n_resamples, choices.seed,
    )
}

fn process(analysis: &StudyAnalysis, data: &StudyData) -> String {
    let repeats = match analysis.repeats {
        Some(_) => {
            "Repeated readings are compared by alpha, by the shares alike and within one step, and \
             by Wilcoxon's signed-rank test."
        }
        None => {
            "There were no repeated readings, so nothing is said of raters' agreement with \
             themselves."
        }
    };
    format!(
        "Installments are compared by mean grade, by the share of positive grades, and by \
         Wilcoxon's rank-sum test of the first against the last, since they show an arm's images of \
         different patients. {repeats} Times run from opening a case to the first answer, pauses left out; they are \
         given by quarter of the installment and by Spearman's correlation with the position.{}",
        displays(analysis, data)
    )
}

/// What is known of the displays, after a space; nothing of those of programs.
fn displays(analysis: &StudyAnalysis, data: &StudyData) -> String {
    if analysis.displays.is_empty() {
        return match data.protocol.simulated_raters {
            true => String::new(),
            false => {
                " The protocol asked for no test of the displays that raters looked on.".into()
            }
        };
    }
    let tests: Vec<&DisplayTest> = analysis
        .displays
        .iter()
        .filter_map(|row| row.test.as_ref())
        .collect();
    let n_untested = analysis.displays.len() - tests.len();
    let n_unseen = tests.iter().filter(|of| !of.unseen().is_empty()).count();
    let widths = tests.iter().filter_map(|test| test.pixel_mm());
    let n_measured = widths.clone().count();
    let least = widths.clone().reduce(f64::min);
    let pixels = least
        .zip(widths.reduce(f64::max))
        .map_or_else(String::new, |(least, most)| {
            format!(
                " By the lines that were measured ({n_measured}), pixels were {least:.3} to {most:.3} mm wide."
            )
        });
    let [[black, near_black], [white, near_white]] =
        [DisplayTest::NEAR_BLACK, DisplayTest::NEAR_WHITE];
    format!(
        " Before each installment raters looked at a test pattern on their display, drawn pixel by \
         pixel on black: a square of 5 % inside one of 0 % and of 95 % inside one of 100 % (gray \
         {near_black} in {black} and {near_white} in {white}; SMPTE RP 133, AAPM TG18-QC), lines of \
         one and of two pixels, and a line to be measured with a ruler. Tests: {}; not all \
         was seen in {n_unseen} of them; installments read without a test: {n_untested}. No answer \
         kept a rater from reading.{pixels}",
        tests.len(),
    )
}

fn software(analysis: &StudyAnalysis, data: &StudyData) -> String {
    let opened = match &data.unsealing {
        None => String::new(),
        Some(of) if of.unsigned.is_empty() => {
            "Every installment was signed before the key was opened. ".to_owned()
        }
        Some(of) => format!(
            "Installments not signed before the key was opened: {}. ",
            of.unsigned.join("; ")
        ),
    };
    format!(
        "{opened}Computed with Cisterna {}. The protocol's SHA-256 is {}. The same data, options and seed \
         give this report to the byte.",
        analysis.app_version, data.protocol_sha256
    )
}
