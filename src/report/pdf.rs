//! Pictures with writing over them as a page of PDF: what the SVG has, in the same places, from the same marks.
//!
//! The pictures are embedded without loss. Words are Helvetica, which every program that opens PDF brings
//! along; where that lacks one of their letters they are painted, and stand unseen over what is painted, for
//! whoever searches or copies them. There is no date in it: the same figure gives the same bytes.

use super::{
    collage::{Collage, HALO, WordsAlone, text_width, words_alone},
    figures::{FigureError, failed},
    helvetica,
    paint::on_black,
    scene::{Anchor, Ink, Mark},
};
use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::types::{LineCapStyle, LineJoinStyle, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::io::Write;

/// Points of a unit, which is a pixel of CSS, as in the SVG: an inch has 96.
const POINTS: f64 = 72.0 / 96.0;
/// Points along a side: longer pages are not opened everywhere (ISO 32000-1, annex C).
const LONGEST_SIDE: f64 = 14_400.0;
/// The line that letters stand on is so far below their middle line, of their size; as in the SVG.
const BELOW: f64 = 0.35;
/// About words that are painted, units.
const MARGIN: f64 = 2.0;
/// A quarter of a circle as a curve has its control points so far along, of the radius.
const QUARTER: f64 = 0.552_284_75;

const PRODUCER: &str = concat!("Cisterna ", env!("CARGO_PKG_VERSION"));

/// For words, and for what is painted once more in their place: that one is said to be of blanks, so that words
/// are found once.
const FONT_NAME: Name<'static> = Name(b"F1");
const BLANKS_NAME: Name<'static> = Name(b"F2");

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const INFO: Ref = Ref::new(4);
const CONTENT: Ref = Ref::new(5);
const FONT: Ref = Ref::new(6);
const BLANKS_FONT: Ref = Ref::new(7);
const BLANKS: Ref = Ref::new(8);
const FIRST_IMAGE: Ref = Ref::new(9);

/// A file of one page; `notes` is what it says of its picture to programs.
///
/// # Errors
/// When words cannot be painted or pixels not be packed.
pub(crate) fn pdf(collage: &Collage, notes: &[String]) -> Result<Vec<u8>, FigureError> {
    let scene = &collage.scene;
    let points = POINTS.min(LONGEST_SIDE / scene.width.max(scene.height));
    let size = [scene.width, scene.height].map(|units| (units * points) as f32);
    let mut page = Page {
        pdf: Pdf::new(),
        content: Content::new(),
        images: Vec::new(),
        next: FIRST_IMAGE,
        scale: collage.scale,
    };
    // From here on all is in units from the upper left.
    let points = points as f32;
    page.content
        .transform([points, 0.0, 0.0, -points, 0.0, size[1]]);
    page.content
        .set_line_cap(LineCapStyle::ProjectingSquareCap)
        .set_line_join(LineJoinStyle::RoundJoin);
    page.mark(&Mark::Rect {
        at: [0.0; 2],
        size: [scene.width, scene.height],
        fill: Ink::Paper,
    })?;
    for (at, picture) in &collage.pictures {
        let (width, height) = picture.dimensions();
        let name = page.image([width, height], picture.as_raw(), None)?;
        let units = |pixels: u32| f64::from(pixels) / collage.scale;
        place(
            &mut page.content,
            &name,
            (at.map(units), [width, height].map(units)),
        );
    }
    for mark in &scene.marks {
        page.mark(mark)?;
    }
    page.finished(size, (&scene.title, notes))
}

/// A page in the making.
struct Page {
    pdf: Pdf,
    content: Content,
    images: Vec<(String, Ref)>,
    /// The next image.
    next: Ref,
    /// Pixels of a unit.
    scale: f64,
}

impl Page {
    /// Adds pixels, and what they hide of what lies below where that is not all; answers their name.
    fn image(
        &mut self,
        [width, height]: [u32; 2],
        colours: &[u8],
        cover: Option<&[u8]>,
    ) -> Result<String, FigureError> {
        let id = self.next.bump();
        let cover = cover.map(|cover| (self.next.bump(), cover));
        let packed = deflated(colours)?;
        let mut image = self.pdf.image_xobject(id, &packed);
        image.filter(Filter::FlateDecode);
        image.width(width as i32).height(height as i32);
        image.color_space().device_rgb();
        image.bits_per_component(8);
        if let Some((cover, _)) = cover {
            image.s_mask(cover);
        }
        image.finish();
        if let Some((cover, hidden)) = cover {
            let packed = deflated(hidden)?;
            let mut mask = self.pdf.image_xobject(cover, &packed);
            mask.filter(Filter::FlateDecode);
            mask.width(width as i32).height(height as i32);
            mask.color_space().device_gray();
            mask.bits_per_component(8);
            mask.finish();
        }
        let name = format!("P{}", self.images.len() + 1);
        self.images.push((name.clone(), id));
        Ok(name)
    }

    fn mark(&mut self, mark: &Mark) -> Result<(), FigureError> {
        let content = &mut self.content;
        match mark {
            Mark::Rect { at, size, fill } => {
                let ([x, y], [width, height]) = (at.map(short), size.map(short));
                set_fill(content, *fill);
                content.rect(x, y, width, height).fill_nonzero();
            }
            Mark::Line {
                from,
                to,
                ink,
                width,
            } => {
                let ([x, y], [to_x, to_y]) = (from.map(short), to.map(short));
                set_stroke(content, *ink, *width);
                content.move_to(x, y).line_to(to_x, to_y).stroke();
            }
            Mark::Dot { at, radius, fill } => {
                set_fill(content, *fill);
                dot(content, *at, *radius);
            }
            Mark::Text {
                at,
                words,
                size,
                anchor,
                ink,
                upwards,
            } => {
                let encoded = helvetica::encoded(words);
                let width = match &encoded {
                    Some(encoded) => helvetica::width(encoded, *size),
                    None => text_width(words, *size),
                };
                content
                    .save_state()
                    .transform(begin(*at, (width, *anchor), *upwards));
                match encoded {
                    Some(encoded) => write(content, &encoded, (*size, *ink)),
                    None => self.paint(words, (*size, *ink), width)?,
                }
                self.content.restore_state();
            }
        }
        Ok(())
    }

    /// Words as pixels, from where they begin on, with a stand-in for whoever searches or copies them.
    fn paint(
        &mut self,
        words: &str,
        (size, ink): (f64, Ink),
        width: f64,
    ) -> Result<(), FigureError> {
        let scale = self.scale.clamp(2.0, 8.0);
        let room = [width + 2.0 * MARGIN, 2.0 * size];
        let WordsAlone {
            size: pixels,
            colours,
            cover,
        } = words_alone((words, size, ink), (room, MARGIN), scale)?;
        let name = self.image(pixels, &colours, Some(&cover))?;
        let content = &mut self.content;
        content
            .begin_marked_content_with_properties(Name(b"Span"))
            .properties()
            .actual_text(TextStr(words));
        let painted = pixels.map(|pixels| f64::from(pixels) / scale);
        place(content, &name, ([-MARGIN, -size], painted));
        let known = |letter: char| helvetica::encoded(letter.encode_utf8(&mut [0; 4]));
        let stand_in: Vec<u8> = words
            .chars()
            .flat_map(|letter| known(letter).unwrap_or_else(|| vec![b'?']))
            .collect();
        show(
            content,
            (&stand_in, FONT_NAME),
            (size, TextRenderingMode::Invisible),
        );
        content.end_marked_content();
        Ok(())
    }

    fn finished(
        self,
        [width, height]: [f32; 2],
        (title, notes): (&str, &[String]),
    ) -> Result<Vec<u8>, FigureError> {
        let content = deflated(&self.content.finish())?;
        let mut pdf = self.pdf;
        pdf.stream(CONTENT, &content).filter(Filter::FlateDecode);
        pdf.catalog(CATALOG).pages(PAGES);
        pdf.pages(PAGES).kids([PAGE]).count(1);
        let mut page = pdf.page(PAGE);
        page.parent(PAGES)
            .media_box(Rect::new(0.0, 0.0, width, height))
            .contents(CONTENT);
        let mut resources = page.resources();
        resources
            .fonts()
            .pair(FONT_NAME, FONT)
            .pair(BLANKS_NAME, BLANKS_FONT);
        let mut images = resources.x_objects();
        for (name, id) in &self.images {
            images.pair(Name(name.as_bytes()), *id);
        }
        images.finish();
        resources.finish();
        page.finish();
        pdf.type1_font(FONT)
            .base_font(Name(b"Helvetica"))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
        pdf.type1_font(BLANKS_FONT)
            .base_font(Name(b"Helvetica"))
            .encoding_predefined(Name(b"WinAnsiEncoding"))
            .to_unicode(BLANKS);
        pdf.stream(BLANKS, &blanks());
        pdf.document_info(INFO)
            .title(TextStr(title))
            .subject(TextStr(&notes.join("\n")))
            .producer(TextStr(PRODUCER));
        Ok(pdf.finish())
    }
}

/// Every letter means a blank.
fn blanks() -> Vec<u8> {
    let info = SystemInfo {
        registry: Str(b"Adobe"),
        ordering: Str(b"UCS"),
        supplement: 0,
    };
    let mut meanings = UnicodeCmap::<u8>::new(Name(b"Blanks"), info);
    for letter in 32..=u8::MAX {
        meanings.pair(letter, ' ');
    }
    meanings.finish().into_vec()
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, FigureError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).map_err(failed)?;
    encoder.finish().map_err(failed)
}

/// Hundredths of a unit, as the SVG has them.
fn short(units: f64) -> f32 {
    ((units * 100.0).round() / 100.0) as f32
}

fn set_fill(content: &mut Content, ink: Ink) {
    let [r, g, b] = on_black(ink).map(|channel| f32::from(channel) / 255.0);
    content.set_fill_rgb(r, g, b);
}

fn set_stroke(content: &mut Content, ink: Ink, width: f64) {
    let [r, g, b] = on_black(ink).map(|channel| f32::from(channel) / 255.0);
    content.set_stroke_rgb(r, g, b).set_line_width(short(width));
}

/// An image with its upper left corner somewhere; of that and its size, units.
fn place(content: &mut Content, name: &str, (at, size): ([f64; 2], [f64; 2])) {
    let [width, height] = size.map(short);
    // Images begin below.
    let [x, y] = [at[0], at[1] + size[1]].map(short);
    content
        .save_state()
        .transform([width, 0.0, 0.0, -height, x, y])
        .x_object(Name(name.as_bytes()))
        .restore_state();
}

fn dot(content: &mut Content, [x, y]: [f64; 2], radius: f64) {
    let at = |right: f64, down: f64| [short(x + right * radius), short(y + down * radius)];
    let [start_x, start_y] = at(1.0, 0.0);
    content.move_to(start_x, start_y);
    for [right, down] in [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]] {
        // The next of the four is a quarter of a turn on.
        let [x1, y1] = at(right - QUARTER * down, down + QUARTER * right);
        let [x2, y2] = at(QUARTER * right - down, QUARTER * down + right);
        let [x3, y3] = at(-down, right);
        content.cubic_to(x1, y1, x2, y2, x3, y3);
    }
    content.close_path().fill_nonzero();
}

/// From words, with their beginning on their middle line as origin, to the page.
fn begin([x, y]: [f64; 2], (width, anchor): (f64, Anchor), upwards: bool) -> [f32; 6] {
    let before = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    match upwards {
        false => [1.0, 0.0, 0.0, 1.0, short(x - before), short(y)],
        true => [0.0, -1.0, 1.0, 0.0, short(x), short(y + before)],
    }
}

/// Words of Helvetica: first the black about them, which carries their meaning, then their letters upon it,
/// which are no second text. Not the other way round: pdfium, the PDF of Chrome, passes over letters where the
/// same ones were shown before, and would find blanks alone.
fn write(content: &mut Content, words: &[u8], (size, ink): (f64, Ink)) {
    set_stroke(content, Ink::Paper, 2.0 * HALO);
    show(
        content,
        (words, FONT_NAME),
        (size, TextRenderingMode::Stroke),
    );
    content
        .begin_marked_content_with_properties(Name(b"Span"))
        .properties()
        .actual_text(TextStr(""));
    set_fill(content, ink);
    show(
        content,
        (words, BLANKS_NAME),
        (size, TextRenderingMode::Fill),
    );
    content.end_marked_content();
}

fn show(
    content: &mut Content,
    (words, font): (&[u8], Name<'_>),
    (size, how): (f64, TextRenderingMode),
) {
    content
        .begin_text()
        .set_font(font, short(size))
        .set_text_rendering_mode(how)
        .set_text_matrix([1.0, 0.0, 0.0, -1.0, 0.0, short(BELOW * size)])
        .show(Str(words))
        .end_text();
}
