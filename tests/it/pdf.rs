//! Pictures as PDF: taken apart by the words of ISO 32000-1, and held against the SVG and the twin.

use crate::picture::{chunks, figure, number, panel, ramp, texts, written};
use cisterna::render::{Colormap, LayerStyle, draw_on_cpu};
use cisterna::volume::{Plane, Window};
use cisterna::workflows::{
    PictureBar, PictureFigure, PictureLine, PictureRequest, in_rows, picture_pixels,
};
use flate2::read::ZlibDecoder;
use nalgebra::Point3;
use std::io::Read;

/// A file whose cross references were found right.
pub(crate) struct Pdf {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

/// Words as they are shown.
#[derive(Debug)]
struct Shown {
    words: String,
    /// Where they begin, on their middle line, units from the upper left.
    at: [f64; 2],
    size: f64,
    /// Its name on the page.
    font: String,
}

/// An image of a page, 8 bits a channel.
struct Image {
    width: usize,
    height: usize,
    /// Red, green and blue of each pixel.
    pixels: Vec<u8>,
    /// How much each pixel hides of what lies below, where that is not all.
    cover: Option<Vec<u8>>,
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|found| found == part)
}

/// The number behind a name.
fn after(text: &str, name: &str) -> Option<f64> {
    let rest = text.split(&format!("{name} ")).nth(1)?;
    rest.split_whitespace().next()?.parse().ok()
}

fn numbers(operands: &str) -> Vec<f64> {
    let parts = operands.split_whitespace();
    parts.map(|part| part.parse().unwrap()).collect()
}

/// A string object: in brackets, or by the numbers of its bytes.
fn string(object: &str) -> Vec<u8> {
    if let Some(hex) = object.strip_prefix('<') {
        let digits = hex.strip_suffix('>').unwrap();
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        return (0..digits.len()).step_by(2).map(byte).collect();
    }
    let inner = object.strip_prefix('(').unwrap();
    let inner = inner.strip_suffix(')').unwrap();
    let mut bytes = Vec::new();
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => rest.next().unwrap(),
            byte => byte,
        });
    }
    bytes
}

/// A text string: of ASCII, or UTF-16 behind its mark.
fn text(object: &str) -> String {
    let bytes = string(object);
    match bytes.strip_prefix(b"\xFE\xFF") {
        None => String::from_utf8(bytes).unwrap(),
        Some(units) => {
            let units = units
                .chunks(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<u16>>()).unwrap()
        }
    }
}

impl Pdf {
    #[track_caller]
    pub(crate) fn open(bytes: Vec<u8>) -> Self {
        assert!(bytes.starts_with(b"%PDF-1.7\n"));
        let tail = String::from_utf8_lossy(&bytes[bytes.len() - 40..]).into_owned();
        let start = tail.split("startxref\n").nth(1).unwrap();
        let start: usize = start.strip_suffix("\n%%EOF").unwrap().parse().unwrap();
        let table = bytes[start..].strip_prefix(b"xref\n0 ").unwrap();
        let end = find(table, b"\n").unwrap();
        let n: usize = std::str::from_utf8(&table[..end]).unwrap().parse().unwrap();
        let (entries, rest) = table[end + 1..].split_at(20 * n);
        let entries: Vec<&[u8]> = entries.chunks(20).collect();
        assert_eq!(entries[0], b"0000000000 65535 f\r\n");
        let offset = |entry: &&[u8]| {
            assert_eq!(entry[10..], *b" 00000 n\r\n");
            let digits = std::str::from_utf8(&entry[..10]).unwrap();
            digits.parse::<usize>().unwrap()
        };
        let offsets: Vec<usize> = entries[1..].iter().map(offset).collect();
        for (at, offset) in offsets.iter().enumerate() {
            let head = format!("{} 0 obj\n", at + 1);
            assert!(bytes[*offset..].starts_with(head.as_bytes()), "{head}");
        }
        let trailer = String::from_utf8_lossy(rest).into_owned();
        assert!(trailer.starts_with("trailer\n"), "{trailer}");
        assert_eq!(after(&trailer, "/Size"), Some(n as f64));
        assert!(trailer.contains("/Root 1 0 R"), "{trailer}");
        Self { bytes, offsets }
    }

    /// An object's dictionary in words, and its stream as it lies in the file, as long as is said.
    fn object(&self, id: usize) -> (String, Option<&[u8]>) {
        let body = &self.bytes[self.offsets[id - 1]..];
        let end = find(body, b"\nendobj").unwrap();
        let Some(begin) = find(&body[..end], b"\nstream\n") else {
            return (String::from_utf8(body[..end].to_vec()).unwrap(), None);
        };
        let dictionary = String::from_utf8(body[..begin].to_vec()).unwrap();
        let data = &body[begin + 8..];
        let length = after(&dictionary, "/Length").unwrap() as usize;
        assert!(data[length..].starts_with(b"\nendstream\nendobj"), "{id}");
        (dictionary, Some(&data[..length]))
    }

    fn inflated(&self, id: usize) -> Vec<u8> {
        let (dictionary, data) = self.object(id);
        assert!(dictionary.contains("/Filter /FlateDecode"), "{dictionary}");
        let mut bytes = Vec::new();
        let mut decoder = ZlibDecoder::new(data.unwrap());
        decoder.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// The object that one names.
    fn referred(&self, from: usize, name: &str) -> usize {
        let (dictionary, _) = self.object(from);
        after(&dictionary, name).unwrap_or_else(|| panic!("{name}: {dictionary}")) as usize
    }

    fn page(&self) -> usize {
        let pages = self.referred(1, "/Pages");
        let (kids, _) = self.object(pages);
        assert!(kids.contains("/Count 1"), "{kids}");
        let kid = kids.split("/Kids [").nth(1).unwrap();
        kid.split_whitespace().next().unwrap().parse().unwrap()
    }

    fn content(&self) -> String {
        let content = self.inflated(self.referred(self.page(), "/Contents"));
        String::from_utf8(content).unwrap()
    }

    /// Words that are shown so: 0 for those that are seen, 1 for what lies about them, 3 for those that are not.
    fn shown(&self, how: &str) -> Vec<Shown> {
        let content = self.content();
        let (mut at, mut size, mut font, mut now) = ([0.0; 2], 0.0, "", "");
        let mut shown = Vec::new();
        for line in content.lines() {
            let (operands, operator) = line.rsplit_once(' ').unwrap_or(("", line));
            match operator {
                "cm" => {
                    let matrix = numbers(operands);
                    at = [matrix[4], matrix[5]];
                }
                "Tf" => {
                    let (name, units) = operands.split_once(' ').unwrap();
                    (font, size) = (name, units.parse().unwrap());
                }
                "Tr" => now = operands,
                "Tm" => {
                    let matrix = numbers(operands);
                    assert_eq!(matrix[..5], [1.0, 0.0, 0.0, -1.0, 0.0]);
                    assert!((matrix[5] - 0.35 * size).abs() < 0.006, "{line}");
                }
                "Tj" if now == how => {
                    let words = string(operands);
                    let (words, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&words);
                    shown.push(Shown {
                        words: words.into_owned(),
                        at,
                        size,
                        font: font.to_owned(),
                    });
                }
                _ => {}
            }
        }
        shown
    }

    /// What the file says of itself.
    fn said_of_itself(&self, name: &str) -> String {
        let trailer = &self.bytes[find(&self.bytes, b"\ntrailer\n").unwrap()..];
        let trailer = String::from_utf8_lossy(trailer).into_owned();
        let (info, _) = self.object(after(&trailer, "/Info").unwrap() as usize);
        let line = info.lines().find_map(|line| {
            let line = line.trim_start();
            line.strip_prefix(name)?.strip_prefix(' ')
        });
        text(line.unwrap())
    }

    /// Everything that it says: on its page, behind words that are painted, and of itself.
    pub(crate) fn words(&self) -> String {
        let shown = ["0", "3"].into_iter().flat_map(|how| self.shown(how));
        let mut words: Vec<String> = shown.map(|shown| shown.words).collect();
        let content = self.content();
        let behind = content
            .lines()
            .filter_map(|line| line.trim().strip_prefix("/ActualText "));
        words.extend(behind.map(text));
        words.extend(["/Title", "/Subject", "/Producer"].map(|name| self.said_of_itself(name)));
        words.join("\n")
    }

    /// The images of the page.
    fn images(&self) -> Vec<Image> {
        let (page, _) = self.object(self.page());
        let images = page.split("/XObject <<").nth(1).unwrap();
        let images = images.split(">>").next().unwrap();
        let ids = images
            .lines()
            .filter_map(|line| line.trim().strip_prefix("/P"));
        ids.map(|line| {
            let id = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            let (dictionary, _) = self.object(id);
            assert!(
                dictionary.contains("/ColorSpace /DeviceRGB"),
                "{dictionary}"
            );
            assert!(dictionary.contains("/BitsPerComponent 8"), "{dictionary}");
            let side = |name| after(&dictionary, name).unwrap() as usize;
            let cover = after(&dictionary, "/SMask").map(|mask| self.inflated(mask as usize));
            Image {
                width: side("/Width"),
                height: side("/Height"),
                pixels: self.inflated(id),
                cover,
            }
        })
        .collect()
    }
}

/// Two planes with an overlay's colours, a ruler and a region.
fn measured() -> PictureFigure {
    let volume = ramp();
    let mut panels = vec![
        panel(&volume, Plane::Axial, 3.0),
        panel(&volume, Plane::Sagittal, 3.0),
    ];
    panels[0].title[0] = "Größe (24 h)".to_owned();
    let at_mm = panels[0].slice.view.to_world([0.0; 2]).z;
    let points = [[-30.0, -10.0], [10.0, 10.0], [20.0, -5.0]];
    let points = points.map(|[x, y]| Point3::new(x, y, at_mm));
    let [from, to, _] = points;
    let ruler = PictureLine::ruler([from, to], "1  44.7 mm".to_owned());
    let region = PictureLine::region(points.to_vec(), "7".to_owned(), [1, 2, 3]);
    panels[0].lines.extend([ruler, region]);
    let mut figure = figure(in_rows(panels, 2, 1.0), 1.5);
    figure.bars.push(PictureBar {
        style: LayerStyle {
            colormap: Colormap::Inferno,
            ..LayerStyle::base(Window::new(0.0, 42.0))
        },
        title: "Overlay".to_owned(),
        unit: "mmol/l".to_owned(),
    });
    figure
}

fn both(figure: PictureFigure) -> (String, Pdf) {
    let folder = tempfile::tempdir().unwrap();
    let request = PictureRequest::Still(figure);
    let svg = written(&request, &folder.path().join("a.svg"));
    let path = folder.path().join("a.pdf");
    let pdf = written(&request, &path);
    // No date, no number drawn by chance.
    assert_eq!(written(&request, &path), pdf);
    (String::from_utf8(svg).unwrap(), Pdf::open(pdf))
}

#[track_caller]
fn near(found: &[f64], expected: &[f64], within: f64) {
    let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < within;
    let are_near = found.len() == expected.len() && found.iter().zip(expected).all(is_near);
    assert!(are_near, "{found:?}, not {expected:?}");
}

/// Of Helvetica in sizes of its letters, by reportlab 5.1: `stringWidth(words, "Helvetica", 1)`.
const WIDTHS: [(&str, f64); 6] = [
    ("A", 0.667),
    ("L", 0.556),
    ("P", 0.667),
    ("20 mm", 3.056),
    ("S 3.5 mm", 4.279),
    ("S 4.5 mm", 4.279),
];

#[test]
fn a_page_has_the_words_of_the_svg_in_their_places() {
    let (svg, pdf) = both(measured());
    let shown = pdf.shown("0");
    let texts = texts(&svg);
    let words: Vec<&str> = shown.iter().map(|shown| &shown.words[..]).collect();
    let expected: Vec<&str> = texts.iter().map(|(_, words)| *words).collect();
    assert_eq!(words, expected);
    for (shown, (tag, words)) in shown.iter().zip(&texts) {
        near(&[shown.size], &[number(tag, "font-size")], 1e-6);
        let width = WIDTHS.iter().find(|(known, _)| known == words);
        let share = match tag.split("text-anchor=\"").nth(1).unwrap() {
            rest if rest.starts_with("start") => 0.0,
            rest if rest.starts_with("middle") => 0.5,
            _ => 1.0,
        };
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        near(&shown.at[1..], &[y], 0.011);
        match width {
            _ if share == 0.0 => near(&shown.at[..1], &[x], 0.011),
            Some((_, width)) => near(&shown.at[..1], &[x - share * width * shown.size], 0.016),
            None => assert!(shown.at[0] < x, "{words}"),
        }
    }
    for known in ["A", "L", "P", "20 mm"] {
        assert!(words.contains(&known), "{known}: {words:?}");
    }
    // The black about each comes first, in the same place, and says what it is. The letters upon it are no second
    // text, they mean blanks. The other way round pdfium 5.15 finds no word of a page that is built like this one,
    // by `PdfDocument(path)[0].get_textpage().search(words)`; in this order it finds each once, as do poppler,
    // mupdf, Ghostscript, pypdf and pdfminer.
    let about = pdf.shown("1");
    assert_eq!(about.len(), shown.len());
    for (about, shown) in about.iter().zip(&shown) {
        assert_eq!(
            (&about.words, about.at, about.size),
            (&shown.words, shown.at, shown.size)
        );
        assert_eq!([&about.font[..], &shown.font[..]], ["/F1", "/F2"]);
    }
    let content = pdf.content();
    let order: Vec<&str> = content
        .lines()
        .filter_map(|line| line.strip_suffix(" Tr"))
        .collect();
    assert!(order.chunks(2).all(|pair| pair == ["1", "0"]), "{order:?}");
    let (font, _) = pdf.object(pdf.referred(pdf.page(), "/F2"));
    let meanings = pdf.object(after(&font, "/ToUnicode").unwrap() as usize).1;
    let meanings = String::from_utf8(meanings.unwrap().to_vec()).unwrap();
    assert_eq!(meanings.matches("> <0020>").count(), 224);
    let (font, _) = pdf.object(pdf.referred(pdf.page(), "/F1"));
    assert!(font.contains("/BaseFont /Helvetica"), "{font}");
    assert!(font.contains("/Encoding /WinAnsiEncoding"), "{font}");
    assert!(!font.contains("/ToUnicode"), "{font}");
    // No text runs out of the page, whose size is that of the SVG in points.
    let width = number(&svg, "width");
    for shown in &shown {
        let wide = WIDTHS.iter().find(|(known, _)| *known == shown.words);
        let wide = wide.map_or(0.0, |(_, width)| width * shown.size);
        assert!(
            shown.at[0] >= 0.0 && shown.at[0] + wide <= width,
            "{shown:?}"
        );
    }
    let (page, _) = pdf.object(pdf.page());
    let media = page.split("/MediaBox [").nth(1).unwrap();
    let media = numbers(media.split(']').next().unwrap());
    let sides = [width, number(&svg, "height")].map(|side| side * 0.75);
    near(&media, &[0.0, 0.0, sides[0], sides[1]], 0.01);
}

#[test]
fn a_page_has_the_lines_and_areas_of_the_svg() {
    let (svg, pdf) = both(measured());
    let content = pdf.content();
    let (mut lines, mut areas, mut from) = (Vec::new(), Vec::new(), Vec::new());
    for line in content.lines() {
        let (operands, operator) = line.rsplit_once(' ').unwrap_or(("", line));
        match operator {
            "m" => from = numbers(operands),
            "l" => lines.push([&from[..], &numbers(operands)[..]].concat()),
            "re" => areas.push(numbers(operands)),
            _ => {}
        }
    }
    let of = |element: &str, names: [&str; 4]| -> Vec<Vec<f64>> {
        let begin = format!("<{element} ");
        let tags = svg.split(&begin[..]).skip(1);
        let tags = tags.map(|tag| format!(" {}", tag.split('>').next().unwrap()));
        let tags = tags.filter(|tag| tag.contains(&format!(" {}=", names[0])));
        tags.map(|tag| names.map(|name| number(&tag, name)).to_vec())
            .collect()
    };
    let expected = of("line", ["x1", "y1", "x2", "y2"]);
    // The ruler and three sides of the region, each upon its black.
    assert_eq!(expected.len(), 8);
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(&expected) {
        near(line, expected, 0.011);
    }
    // The first is the paper, which the SVG puts nowhere.
    let expected = of("rect", ["x", "y", "width", "height"]);
    assert!(expected.len() > 128, "a bar of colours");
    assert_eq!(areas.len(), expected.len() + 1);
    for (area, expected) in areas[1..].iter().zip(&expected) {
        near(area, expected, 0.011);
    }
}

#[test]
fn the_pixels_of_a_page_are_those_of_the_twin() {
    let figure = measured();
    let (_, pdf) = both(figure.clone());
    let images = pdf.images();
    assert_eq!(images.len(), 2);
    for (panel, image) in figure.panels.iter().zip(&images) {
        let size = [image.width as u32, image.height as u32];
        assert_eq!(size, panel.slice.view.size);
        let twin = image::DynamicImage::ImageRgba8(draw_on_cpu(&panel.slice)).into_rgb8();
        assert!(*twin.as_raw() == image.pixels, "other pixels");
        assert!(image.cover.is_none());
    }
    // Where the whole picture has no words, it has the same ones.
    let whole = picture_pixels(&figure, &cisterna::workflows::ignore_notices).unwrap();
    let first = &images[0];
    let (x, y) = (first.width / 2, first.height / 4);
    let at = 3 * (y * first.width + x);
    let pixel = whole.get_pixel(x as u32, y as u32).0;
    assert_eq!(pixel, first.pixels[at..at + 3]);
}

#[test]
fn a_page_says_what_it_is_as_a_png_does() {
    let folder = tempfile::tempdir().unwrap();
    let request = PictureRequest::Still(measured());
    let png = written(&request, &folder.path().join("a.png"));
    let pdf = Pdf::open(written(&request, &folder.path().join("a.PDF")));
    let about = chunks(&png).into_iter().find(|(name, _)| name == "iTXt");
    let about = String::from_utf8(about.unwrap().1).unwrap();
    let subject = pdf.said_of_itself("/Subject");
    assert!(about.ends_with(&format!("\0{subject}")), "{about}");
    assert!(subject.contains("Research use only"), "{subject}");
    assert_eq!(
        pdf.said_of_itself("/Title"),
        "Größe (24 h); Before, sagittal"
    );
    let producer = concat!("Cisterna ", env!("CARGO_PKG_VERSION"));
    assert_eq!(pdf.said_of_itself("/Producer"), producer);
    assert!(find(&pdf.bytes, b"/CreationDate").is_none());
}

/// Letters that Helvetica lacks are painted, and found all the same.
#[test]
fn words_that_the_font_lacks_are_painted() {
    let mut figure = figure(vec![panel(&ramp(), Plane::Axial, 3.0)], 1.0);
    figure.panels[0].title[0] = "Ω ≥ 24 h".to_owned();
    let (svg, pdf) = both(figure);
    assert!(svg.contains(">Ω ≥ 24 h</text>"));
    let unseen = pdf.shown("3");
    let words: Vec<&str> = unseen.iter().map(|shown| &shown.words[..]).collect();
    assert_eq!(words, ["? ? 24 h"]);
    assert!(pdf.words().contains("Ω ≥ 24 h"), "{}", pdf.words());
    assert!(
        !pdf.shown("0")
            .iter()
            .any(|shown| shown.words.contains("24 h"))
    );
    let images = pdf.images();
    assert_eq!(images.len(), 2);
    let painted = &images[1];
    let (pixels, cover) = (&painted.pixels, painted.cover.as_ref().unwrap());
    assert_eq!(cover.len(), painted.width * painted.height);
    assert_eq!(pixels.len(), 3 * cover.len());
    // Letters, black about them, and nothing where there is neither.
    let brightest = *pixels.iter().max().unwrap();
    assert!((160..=216).contains(&brightest), "{brightest}");
    let is_dark = |at: usize| pixels[3 * at..3 * at + 3].iter().all(|c| *c < 40);
    let n_dark = (0..cover.len()).filter(|at| cover[*at] > 200 && is_dark(*at));
    assert!(n_dark.count() > 50);
    let n_clear = cover.iter().filter(|cover| **cover == 0).count();
    assert!(n_clear > cover.len() / 4, "{n_clear} of {}", cover.len());
}
