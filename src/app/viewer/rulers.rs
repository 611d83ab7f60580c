//! Lines that are measured by. Their ends are places of the world, so that a line lies on every pane
//! whose plane it meets.

use super::worksheet::Worksheet;
use crate::anatomy::bern::{Item, Line};
use nalgebra::Point3;

/// A shorter line was not meant, mm.
const SHORTEST_MM: f64 = 0.2;

/// Which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// One that is measured by, by its number from 1.
    Ruler(u32),
    /// A length of the open worksheet.
    Sheet(Item),
}

/// One of the ends of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// Where it was begun.
    From,
    /// The other.
    To,
}

impl End {
    /// Both.
    pub(super) const BOTH: [Self; 2] = [Self::From, Self::To];

    /// Where it lies.
    pub(super) fn of(self, line: &Line) -> Point3<f64> {
        Point3::from(match self {
            Self::From => line.from_mm,
            Self::To => line.to_mm,
        })
    }
}

/// A change of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RulerEdit {
    /// Draw a new line from here; the length of the worksheet that is being drawn, if one is.
    Begin(Point3<f64>),
    /// The line that is being drawn ends here, until the mouse moves on.
    Draw(Point3<f64>),
    /// It is drawn.
    Finish,
    /// Put an end of a line elsewhere.
    Move(Mark, End, Point3<f64>),
    /// An end at the crosshair: the first of a new line, or then its second.
    EndAtCrosshair,
    /// Choose a line, or none.
    Choose(Option<Mark>),
    /// Take a line away.
    Delete(Mark),
}

/// A line that is measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruler {
    /// Counted from 1, never given twice.
    pub number: u32,
    /// Its ends, RAS+ mm.
    pub line: Line,
}

/// The lines of the viewer, and what is being done with them.
#[derive(Default)]
pub struct RulerDesk {
    /// In the order in which they were drawn.
    pub rulers: Vec<Ruler>,
    /// The one that keys change.
    pub chosen: Option<Mark>,
    /// The one that is being drawn.
    pub drawing: Option<Mark>,
    /// Where a line begins whose end the keyboard is yet to set.
    pub begun: Option<Point3<f64>>,
    pub(super) last_number: u32,
    /// What is being drawn anew, as it was.
    replaced: Option<Line>,
}

impl RulerDesk {
    /// Where a line lies.
    #[must_use]
    pub fn line(&self, mark: Mark, sheet: Option<&Worksheet>) -> Option<Line> {
        match mark {
            Mark::Ruler(number) => {
                let mut rulers = self.rulers.iter();
                rulers
                    .find(|ruler| ruler.number == number)
                    .map(|ruler| ruler.line)
            }
            Mark::Sheet(item) => sheet?.line(item),
        }
    }

    /// All lines that are shown.
    #[must_use]
    pub fn all(&self, sheet: Option<&Worksheet>) -> Vec<(Mark, Line)> {
        let rulers = self.rulers.iter();
        let mut all: Vec<(Mark, Line)> = rulers
            .map(|ruler| (Mark::Ruler(ruler.number), ruler.line))
            .collect();
        let of_sheet = Item::LENGTHS.into_iter();
        let of_sheet = of_sheet.filter_map(|item| Some((Mark::Sheet(item), sheet?.line(item)?)));
        all.extend(of_sheet);
        all
    }

    /// The lines as they were.
    pub(super) fn restore(&mut self, rulers: Vec<Ruler>) {
        self.rulers = rulers;
        let is_there = |mark: &Mark| self.line(*mark, None).is_some();
        let is_ruler = |mark: &Mark| matches!(mark, Mark::Ruler(_));
        self.chosen = self.chosen.filter(|mark| !is_ruler(mark) || is_there(mark));
        self.drawing = self.drawing.filter(|mark| !is_ruler(mark));
    }

    fn set(&mut self, mark: Mark, line: Line, sheet: Option<&mut Worksheet>) {
        match mark {
            Mark::Ruler(number) => {
                let mut rulers = self.rulers.iter_mut();
                match rulers.find(|ruler| ruler.number == number) {
                    Some(ruler) => ruler.line = line,
                    None => self.rulers.push(Ruler { number, line }),
                }
            }
            Mark::Sheet(item) => {
                if let Some(sheet) = sheet {
                    sheet.set_line(item, line);
                }
            }
        }
    }

    fn delete(&mut self, mark: Mark, sheet: Option<&mut Worksheet>) {
        match mark {
            Mark::Ruler(number) => self.rulers.retain(|ruler| ruler.number != number),
            Mark::Sheet(item) => {
                if let Some(sheet) = sheet {
                    sheet.clear(item);
                }
            }
        }
        self.chosen = self.chosen.filter(|chosen| *chosen != mark);
    }

    /// Begins a line, which belongs to the worksheet where that waits for one.
    fn begin(&mut self, at: Point3<f64>, sheet: Option<&mut Worksheet>) -> Mark {
        let item = sheet.as_ref().and_then(|sheet| sheet.drawing());
        let mark = item.map_or_else(
            || {
                self.last_number += 1;
                Mark::Ruler(self.last_number)
            },
            Mark::Sheet,
        );
        self.replaced = self.line(mark, sheet.as_deref());
        let at = at.coords.into();
        let line = Line {
            from_mm: at,
            to_mm: at,
        };
        self.set(mark, line, sheet);
        self.chosen = Some(mark);
        self.drawing = Some(mark);
        mark
    }

    /// Ends what is being drawn. A line too short to be meant is none, and what it was to replace stays.
    fn finish(&mut self, sheet: Option<&mut Worksheet>) {
        let Some(mark) = self.drawing.take() else {
            return;
        };
        let length = self
            .line(mark, sheet.as_deref())
            .map(|line| line.length_mm());
        if length.is_none_or(|mm| mm < SHORTEST_MM) {
            match self.replaced.take() {
                Some(line) => self.set(mark, line, sheet),
                None => self.delete(mark, sheet),
            }
        } else if let (Mark::Sheet(_), Some(sheet)) = (mark, sheet) {
            sheet.drawn();
        }
    }

    /// Changes what an edit says.
    pub(super) fn apply(
        &mut self,
        edit: RulerEdit,
        crosshair: Point3<f64>,
        mut sheet: Option<&mut Worksheet>,
    ) {
        match edit {
            RulerEdit::Begin(at) => {
                self.begun = None;
                self.begin(at, sheet);
            }
            RulerEdit::Draw(at) => {
                if let Some(mark) = self.drawing
                    && let Some(line) = self.line(mark, sheet.as_deref())
                {
                    self.set(mark, with_end(line, End::To, at), sheet);
                }
            }
            RulerEdit::Finish => self.finish(sheet),
            RulerEdit::Move(mark, end, at) => {
                self.chosen = Some(mark);
                if let Some(line) = self.line(mark, sheet.as_deref()) {
                    self.set(mark, with_end(line, end, at), sheet);
                }
            }
            RulerEdit::EndAtCrosshair => match self.begun.take() {
                None => self.begun = Some(crosshair),
                Some(from) => {
                    let mark = self.begin(from, sheet.as_deref_mut());
                    if let Some(line) = self.line(mark, sheet.as_deref()) {
                        let line = with_end(line, End::To, crosshair);
                        self.set(mark, line, sheet.as_deref_mut());
                    }
                    self.finish(sheet);
                }
            },
            RulerEdit::Choose(mark) => self.chosen = mark,
            RulerEdit::Delete(mark) => self.delete(mark, sheet),
        }
    }
}

fn with_end(line: Line, end: End, at: Point3<f64>) -> Line {
    let at = at.coords.into();
    match end {
        End::From => Line {
            from_mm: at,
            ..line
        },
        End::To => Line { to_mm: at, ..line },
    }
}

/// What a line is called.
pub(super) fn mark_text(mark: Mark) -> String {
    match mark {
        Mark::Ruler(number) => format!("Ruler {number}"),
        Mark::Sheet(item) => item.title().to_owned(),
    }
}
