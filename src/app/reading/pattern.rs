//! The test pattern, pixel by pixel of the display: what each part is for stands at [`DisplayTest`].

use crate::study::DisplayTest;

/// Sides of the squares and the space around them, in points of the window system.
const SQUARE: f64 = 72.0;
const GAP: f64 = 16.0;
/// Height of the strokes at the ends of the line.
const STROKE: f64 = 20.0;

/// The frame of the dark square, which is as black as what is around it, and the line.
const GUIDE: u8 = 128;

/// The parts that squares belong to, from left to right; lines run down in the first square of a
/// part and across in the second.
pub(super) const SQUARES: [char; 6] = ['A', 'B', 'C', 'C', 'D', 'D'];

/// The pattern for a display.
pub(super) struct Pattern {
    /// Device pixels across and down.
    pub(super) size: [usize; 2],
    /// Row by row from the top.
    pub(super) gray: Vec<u8>,
    /// Across, the middle of each square.
    pub(super) middles_px: [usize; 6],
    /// Across and down, the right end of the line.
    pub(super) line_end_px: [usize; 2],
}

impl Pattern {
    /// Squares on top, the line below; `scale` is device pixels for a point of the window system.
    pub(super) fn new(scale: f64) -> Self {
        let px = |points: f64| (points * scale).round().max(1.0) as usize;
        let (square, gap, stroke, thin) = (px(SQUARE), px(GAP), px(STROKE), px(1.0));
        let length = DisplayTest::line_px_at(scale) as usize;
        let left = |idx: usize| idx * (square + gap);
        let width = (left(SQUARES.len() - 1) + square).max(length);
        let mut drawn = Self {
            size: [width, square + gap + stroke],
            gray: vec![0; width * (square + gap + stroke)],
            middles_px: std::array::from_fn(|idx| left(idx) + square / 2),
            line_end_px: [length, square + gap + stroke / 2],
        };
        let [black, near_black] = DisplayTest::NEAR_BLACK;
        let [white, near_white] = DisplayTest::NEAR_WHITE;
        let quarter = square / 4;
        for (idx, [outer, inner]) in [[black, near_black], [white, near_white]]
            .into_iter()
            .enumerate()
        {
            let x = left(idx);
            drawn.fill([x, 0], [square; 2], |_, _| outer);
            let corner = [x + quarter, quarter];
            drawn.fill(corner, [square - 2 * quarter; 2], |_, _| inner);
        }
        let last = square - thin;
        let frame = |x: usize, y: usize| x < thin || y < thin || x >= last || y >= last;
        drawn.draw([0; 2], [square; 2], |x, y| frame(x, y).then_some(GUIDE));
        for (idx, width_px) in [(2, 1), (4, 2)] {
            let lines = |at: usize| {
                if (at / width_px).is_multiple_of(2) {
                    white
                } else {
                    black
                }
            };
            drawn.fill([left(idx), 0], [square; 2], |x, _| lines(x));
            drawn.fill([left(idx + 1), 0], [square; 2], |_, y| lines(y));
        }
        let top = square + gap;
        let middle = top + (stroke - thin) / 2;
        drawn.fill([0, middle], [length, thin], |_, _| GUIDE);
        for x in [0, length.saturating_sub(thin)] {
            drawn.fill([x, top], [thin, stroke], |_, _| GUIDE);
        }
        drawn
    }

    fn fill(&mut self, corner: [usize; 2], size: [usize; 2], of: impl Fn(usize, usize) -> u8) {
        self.draw(corner, size, |x, y| Some(of(x, y)));
    }

    /// Sets the pixels of a box that have a gray; x and y count from its corner.
    fn draw(
        &mut self,
        corner: [usize; 2],
        size: [usize; 2],
        of: impl Fn(usize, usize) -> Option<u8>,
    ) {
        for y in 0..size[1] {
            for x in 0..size[0] {
                let at = (corner[1] + y) * self.size[0] + corner[0] + x;
                if let (Some(pixel), Some(gray)) = (self.gray.get_mut(at), of(x, y)) {
                    *pixel = gray;
                }
            }
        }
    }
}
