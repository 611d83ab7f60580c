//! A drawing as data: a list of shapes in points, and what is said of its parts. Documents write it
//! as SVG and PNG, the window paints it.

/// Two columns of a journal page.
pub(super) const WIDTH: f64 = 504.0;

/// What a mark stands for; whoever draws the scene knows its colours on paper or on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ink {
    /// Texts and marks.
    Black,
    /// Texts and marks that matter less.
    Grey,
    /// Lines that only guide the eye.
    Rule,
    /// What everything is drawn on.
    Paper,
    /// Intervals.
    Interval,
    /// Medians.
    Median,
    /// Single cases; light enough that a cloud of them does not hide the medians.
    Case,
    /// A cell without a share.
    Empty,
    /// A cell with a share from 0 to 1; black texts are readable on each of them.
    Share(f64),
    /// One arm of several, by its number.
    Arm(usize),
    /// A pixel of a scan, from black at 0 to white at 1, on paper and on screen alike.
    Shade(f64),
    /// This colour, on paper and on screen alike: what stands for a value of a scan.
    Exact(Colour),
}

/// Red, green and blue, sRGB.
pub(crate) type Colour = [u8; 3];

/// The colour of an arm on paper and on screen: told apart with every kind of colour vision (Okabe
/// and Ito 2008).
pub(crate) fn arm_colour(idx: usize) -> Colour {
    const ARMS: [Colour; 7] = [
        [0, 114, 178],
        [230, 159, 0],
        [0, 158, 115],
        [204, 121, 167],
        [86, 180, 233],
        [213, 94, 0],
        [240, 228, 66],
    ];
    ARMS[idx % ARMS.len()]
}

/// Which part of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One mark, in points from the upper left.
pub(crate) enum Mark {
    Rect {
        at: [f64; 2],
        size: [f64; 2],
        fill: Ink,
    },
    Line {
        from: [f64; 2],
        to: [f64; 2],
        ink: Ink,
        width: f64,
    },
    Dot {
        at: [f64; 2],
        radius: f64,
        fill: Ink,
    },
    /// The text's middle line lies at the place.
    Text {
        at: [f64; 2],
        words: String,
        size: f64,
        anchor: Anchor,
        ink: Ink,
        /// It runs from below to above, centred on the place.
        upwards: bool,
    },
}

/// A part of a drawing with a meaning of its own.
pub(crate) struct Area {
    pub(crate) at: [f64; 2],
    pub(crate) size: [f64; 2],
    /// For who cannot see it.
    pub(crate) label: String,
    /// More about it, while a pointer is on it; may be empty.
    pub(crate) details: String,
    /// Whether it is a cell of a matrix.
    pub(crate) is_cell: bool,
}

/// A drawing, its origin at the upper left.
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// For who cannot see it.
    pub(super) title: String,
    pub(crate) marks: Vec<Mark>,
    pub(crate) areas: Vec<Area>,
}

impl Scene {
    pub(crate) fn new(width: f64, height: f64, title: impl Into<String>) -> Self {
        Self {
            width,
            height,
            title: title.into(),
            marks: Vec::new(),
            areas: Vec::new(),
        }
    }

    pub(crate) fn rect(&mut self, at: [f64; 2], size: [f64; 2], fill: Ink) {
        self.marks.push(Mark::Rect { at, size, fill });
    }

    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], ink: Ink, width: f64) {
        self.marks.push(Mark::Line {
            from,
            to,
            ink,
            width,
        });
    }

    pub(super) fn frame(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], ink: Ink, width: f64) {
        let corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
        for side in corners.windows(2) {
            self.line(side[0], side[1], ink, width);
        }
    }

    pub(super) fn dot(&mut self, at: [f64; 2], radius: f64, fill: Ink) {
        self.marks.push(Mark::Dot { at, radius, fill });
    }

    pub(crate) fn text(
        &mut self,
        at: [f64; 2],
        words: impl Into<String>,
        size: f64,
        anchor: Anchor,
        ink: Ink,
    ) {
        self.marks.push(Mark::Text {
            at,
            words: words.into(),
            size,
            anchor,
            ink,
            upwards: false,
        });
    }

    pub(super) fn text_upwards(&mut self, at: [f64; 2], words: impl Into<String>, size: f64) {
        self.marks.push(Mark::Text {
            at,
            words: words.into(),
            size,
            anchor: Anchor::Middle,
            ink: Ink::Black,
            upwards: true,
        });
    }
}

/// How wide a text is drawn, nearly: letters differ, and so do the fonts of documents and window.
pub(super) fn width_of(words: &str, size: f64) -> f64 {
    0.52 * size * words.chars().count() as f64
}

/// As much of a text as fits, with dots for the rest.
pub(super) fn fitted(words: &str, size: f64, width: f64) -> String {
    let fits = (width / width_of("n", size)).floor().max(2.0) as usize;
    if words.chars().count() <= fits {
        return words.to_owned();
    }
    let kept: String = words.chars().take(fits - 1).collect();
    kept.trim_end().to_owned() + "…"
}
