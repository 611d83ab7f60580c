//! The figures of a report with their captions.

use rayon::prelude::*;

use crate::{
    report::{
        Moves, StudyAnalysis,
        figures::{Figure, FigureError},
        markup::escaped,
        plots::{MOST_PANELS, alphas, pace, transitions},
        scene::{Scene, WIDTH},
        words::percent,
    },
    stats::Metric,
};

/// A figure with all its words.
pub(in crate::report) struct Plate {
    /// Stem of its files.
    pub(in crate::report) id: String,
    pub(in crate::report) caption: String,
    pub(in crate::report) figure: Figure,
}

impl Plate {
    /// As it stands in a document, under its number there.
    pub(in crate::report) fn html(&self, number: usize) -> String {
        format!(
            "<figure id=\"figure-{}\">\n{}<figcaption><b>Figure {number}</b> \
             {}</figcaption>\n</figure>\n",
            escaped(&self.id),
            self.figure.svg,
            escaped(&self.caption)
        )
    }

    /// Its files by their names in the folder of a report.
    pub(in crate::report) fn files(&self) -> [(String, Vec<u8>); 2] {
        let name = |end: &str| format!("figures/{}.{end}", self.id);
        [
            (name("svg"), self.figure.svg.clone().into_bytes()),
            (name("png"), self.figure.png.clone()),
        ]
    }
}

/// Every figure, painted side by side, since the PNGs take most of a report's time.
pub(super) fn plates(analysis: &StudyAnalysis) -> Result<Vec<Plate>, FigureError> {
    let mut scenes: Vec<(String, String, Scene)> = vec![(
        "alpha".into(),
        format!(
            "Krippendorff's alpha, interval metric. Points are estimates, lines {} intervals.",
            percent(analysis.choices.confidence)
        ),
        alphas(analysis, Metric::Interval, WIDTH),
    )];
    for (arm_idx, arm) in analysis.moves.iter().enumerate() {
        let panels = arm.all();
        let parts = panels.chunks(MOST_PANELS);
        for (part, panels) in parts.enumerate() {
            let words = format!("Grades on {} and on {} scans", arm.reference, arm.arm);
            let scene = transitions(panels, &words, WIDTH);
            let mut id = format!("transitions_{}", arm_idx + 1);
            if part > 0 {
                id += &format!("_part_{}", part + 1);
            }
            scenes.push((id, transition_caption(&words, panels), scene));
        }
    }
    if let Some(scene) = pace(&analysis.timing) {
        let caption = "Seconds from opening a case to the first answer, logarithmic axis. Dots are \
                       cases, all installments together; lines are medians of a quarter.";
        scenes.push(("timing".into(), caption.into(), scene));
    }
    let painted = scenes.into_par_iter().map(|(id, caption, scene)| {
        Ok(Plate {
            id,
            caption,
            figure: scene.figure()?,
        })
    });
    painted.collect()
}

fn transition_caption(words: &str, panels: &[&Moves]) -> String {
    let rows = panels
        .first()
        .map_or("", |own| own.transitions.from_label());
    format!(
        "{words}. In each cell the number of pairs and its share of the row; shade follows the \
         share. Rows are the grade on {rows} scans, n is their number of pairs. Framed cells are \
         graded alike; a dash is a row without pairs."
    )
}
