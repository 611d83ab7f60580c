//! The table of tests of displays.

use crate::report::{
    DisplayRow, StudyAnalysis,
    table::{ColumnKind, Field, Row, Table, column, row, text},
    words::minute,
};
use crate::study::DisplayTest;

/// By rater and installment; `None` where nothing was asked of displays.
pub(crate) fn displays(analysis: &StudyAnalysis) -> Option<Table> {
    if analysis.displays.is_empty() {
        return None;
    }
    let (least, most) = DisplayTest::PLAUSIBLE_MM.into_inner();
    let [_, near_black] = DisplayTest::NEAR_BLACK;
    let [_, near_white] = DisplayTest::NEAR_WHITE;
    Some(Table {
        id: "displays".into(),
        title: "Displays before each installment, as raters saw a test pattern on them.".into(),
        note: format!(
            "5 % in black is gray {near_black} in 0 of 255, 95 % in white {near_white} in 255 (SMPTE \
             RP 133, AAPM TG18-QC). Lines are as wide as one device pixel and as two, down and \
             across. The line is as long as the window system takes {} mm to be; lengths of {least} \
             to {most} mm were taken. Width of a pixel: the length by the ruler over the line's \
             pixels. A test that was done again replaces none.",
            DisplayTest::LINE_MM
        ),
        columns: vec![
            column("Rater", "rater", ColumnKind::Text),
            column("Installment", "installment", ColumnKind::Count),
            column("Tested, UTC", "at_utc", ColumnKind::Text),
            column("5 % in black", "near_black", ColumnKind::Text),
            column("95 % in white", "near_white", ColumnKind::Text),
            column("Lines of 1 px", "lines_of_1_px", ColumnKind::Text),
            column("Lines of 2 px", "lines_of_2_px", ColumnKind::Text),
            column("Line, mm", "measured_mm", ColumnKind::Number(1)),
            column("Pixel, mm", "pixel_mm", ColumnKind::Number(3)),
            column("Display, px", "display_px", ColumnKind::Text),
            column("Scale", "scale", ColumnKind::Number(2)),
        ],
        rows: analysis.displays.iter().map(display).collect(),
    })
}

fn display(own: &DisplayRow) -> Row {
    let mut fields = vec![text(&own.rater), Field::Count(own.installment as usize)];
    let Some(test) = &own.test else {
        fields.push(text("not tested"));
        fields.extend(std::iter::repeat_with(|| Field::Blank).take(8));
        return row(fields);
    };
    let seen = |is_seen: bool| text(if is_seen { "seen" } else { "not seen" });
    let pixels = test.display_px.map_or_else(
        || "not known".to_owned(),
        |[width, height]| format!("{width} × {height}"),
    );
    fields.extend([
        text(minute(&own.at_utc)),
        seen(test.near_black_seen),
        seen(test.near_white_seen),
        seen(test.lines_of_1_px_seen),
        seen(test.lines_of_2_px_seen),
        Field::Number(test.measured_mm),
        Field::Number(test.pixel_mm()),
        text(pixels),
        Field::Number(Some(test.scale)),
    ]);
    row(fields)
}
