//! What panes are called: by the names of their scans, or without them.

use super::content::PaneContent;
use crate::app::viewer::{CompareMode, Desk, Layout, prediction::Made, text::Naming};
use crate::volume::Plane;

/// What there is to name, and how.
pub(super) type Named<'a> = (&'a Desk, Naming);

impl PaneContent {
    /// `seconds` are the window's time, by which a flicker shows one or the other.
    pub(super) fn name(self, (desk, naming): Named<'_>, plane: Plane, seconds: f64) -> String {
        let named = (desk, naming);
        match self {
            Self::Layers => desk.volume_text().unwrap_or_default(),
            Self::Side(side) => side_name(named, side),
            Self::Difference => difference_name(named),
            Self::Pair => pair_name(desk, [0, 1].map(|side| side_name(named, side)), seconds),
            Self::Scan(at) if desk.layout == Layout::Grid => naming.compared(desk, at),
            Self::Scan(at) => naming.scan(desk, at),
            Self::Made(made) if self.is_on_planes(desk, plane) => made_name(named, made),
            Self::MadePair if self.is_on_planes(desk, plane) => made_pair_name(named, seconds),
            Self::Made(_) | Self::MadePair => {
                let input = desk.input_layer().map(|at| naming.scan(desk, at));
                let input = input.unwrap_or_else(|| "No scan".to_owned());
                format!("{input}, no prediction here")
            }
        }
    }

    /// A name that says two scans in two parts, others in one.
    pub(super) fn in_halves(self, name: &str) -> Vec<&str> {
        let is_pair = matches!(self, Self::Pair | Self::MadePair);
        let between = [" | ", " and ", " with edges of ", " over "];
        let mut ends = between.iter().filter_map(|word| name.find(word));
        match ends.next().filter(|_| is_pair) {
            Some(end) => vec![&name[..end], name[end..].trim_start()],
            None => vec![name],
        }
    }
}

/// What one of the two scans is called.
fn side_name((desk, naming): Named<'_>, side: usize) -> String {
    let pair = desk.pair();
    pair.map_or_else(String::new, |pair| naming.compared(desk, pair[side.min(1)]))
}

fn difference_name(named: Named<'_>) -> String {
    let [first, second] = [0, 1].map(|side| side_name(named, side));
    let (desk, _) = named;
    match desk.difference.signed {
        true => format!("{second} - {first}"),
        false => format!("|{second} - {first}|"),
    }
}

/// Which two a pane sets against each other, and how.
fn pair_name(desk: &Desk, [first, second]: [String; 2], seconds: f64) -> String {
    match desk.compare_mode() {
        CompareMode::Checkerboard => format!("{first} and {second}"),
        CompareMode::Outline => format!("{second} with edges of {first}"),
        CompareMode::Flicker => match desk.compare.flicker(seconds).0 {
            0 => first,
            _ => second,
        },
        CompareMode::Fade => {
            let percent = (desk.compare.fade * 100.0).round();
            format!("{percent} % {second} over {first}")
        }
        _ => format!("{first} | {second}"),
    }
}

/// What a column of a prediction is.
fn made_name((desk, naming): Named<'_>, made: Made) -> String {
    let shown = |n: usize| desk.prediction.shown.get(n);
    match made {
        Made::Real => match naming {
            Naming::Names => "Real".to_owned(),
            Naming::Roles => "Real 24 h".to_owned(),
        },
        Made::Input => {
            let input = desk.input_layer().map(|at| naming.scan(desk, at));
            format!("Input: {}", input.unwrap_or_default())
        }
        Made::Predicted(n) => match naming {
            Naming::Names => {
                let network = shown(n).map_or("", |shown| &shown.card.name);
                format!("Predicted by {network}")
            }
            Naming::Roles if desk.prediction.shown.len() > 1 => {
                format!("Predicted 24 h ({})", n + 1)
            }
            Naming::Roles => "Predicted 24 h".to_owned(),
        },
        Made::Difference(_) if desk.shown_difference().signed => "Predicted - real".to_owned(),
        Made::Difference(_) => "|Predicted - real|".to_owned(),
        Made::Sd(n) => match shown(n).is_some_and(|of| of.prediction.provenance.is_sd_calibrated) {
            true => "Standard deviation".to_owned(),
            false => "Spread, not calibrated".to_owned(),
        },
    }
}

fn made_pair_name(named: Named<'_>, seconds: f64) -> String {
    let (desk, _) = named;
    let Some(pair) = desk.made_pair() else {
        return String::new();
    };
    let [first, second] = pair.map(|made| made_name(named, made));
    match (desk.compare_mode(), desk.shown_difference().signed) {
        (CompareMode::Difference, true) => format!("{second} - {first}"),
        (CompareMode::Difference, false) => format!("|{second} - {first}|"),
        _ => pair_name(desk, [first, second], seconds),
    }
}
