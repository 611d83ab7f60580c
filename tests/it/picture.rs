//! Pictures that are handed on: their pixels against the twin of the shader, letters and bars against the
//! matrix, movies chunk by chunk.

use cisterna::render::{
    Colormap, CpuLayer, Difference, LayerStyle, Pairing, SlicePicture, draw_on_cpu,
};
use cisterna::volume::{Affine, Convention, Grid, Orientation, Plane, PlaneView, Volume, Window};
use cisterna::workflows::{
    Notice, PICTURE_NOTICE, PictureBar, PictureFigure, PictureLine, PicturePanel, PicturePatient,
    PictureRequest, PictureVolume, ignore_notices, in_rows, lightbox_positions, write_new_picture,
    write_picture,
};
use image::{RgbImage, RgbaImage};
use nalgebra::{Point3, Vector3};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Letters on black, as the program draws them.
const LETTERS: [u8; 3] = [216, 212, 196];

/// Values that grow to the right, the front and the top, on voxels of 2 x 1.5 x 1 mm about the origin.
pub(crate) fn ramp() -> Volume {
    let dims = [50, 60, 40];
    let mut affine = Affine::new_nonuniform_scaling(&Vector3::new(2.0, 1.5, 1.0));
    for axis in 0..3 {
        affine[(axis, 3)] = -(dims[axis] as f64 - 1.0) / 2.0 * affine[(axis, axis)];
    }
    let grid = Grid::new(dims, affine).unwrap();
    let value = |at: usize| (at % 50 + 2 * (at / 50 % 60) + 3 * (at / 3000)) as f32;
    Volume::new(grid, (0..50 * 60 * 40).map(value).collect()).unwrap()
}

fn style() -> LayerStyle {
    LayerStyle::base(Window::new(0.0, 300.0))
}

pub(crate) fn panel(volume: &Volume, plane: Plane, pixels_per_mm: f64) -> PicturePanel {
    let grid = volume.grid();
    let at_mm = plane.nearest_slice_mm(grid, 4.0);
    let view = PlaneView::fit(plane, Convention::Radiological, grid, at_mm, None);
    PicturePanel {
        at: [0; 2],
        slice: SlicePicture {
            view: view.finer(pixels_per_mm * view.mm_per_pixel()),
            layers: vec![(PictureVolume::values(volume.clone()), style())],
            pairing: None,
            background: [0; 3],
        },
        orientation: volume.orientation(),
        title: vec![format!("Before, {}", plane.name().to_lowercase())],
        lines: Vec::new(),
        crosshair: None,
    }
}

pub(crate) fn figure(panels: Vec<PicturePanel>, scale: f64) -> PictureFigure {
    PictureFigure {
        panels,
        bars: Vec::new(),
        notes: vec![
            "Before: window 0 to 300".to_owned(),
            PICTURE_NOTICE.to_owned(),
        ],
        scale,
        has_names: false,
        patient: PicturePatient::default(),
    }
}

#[track_caller]
pub(crate) fn written(request: &PictureRequest, path: &Path) -> Vec<u8> {
    write_picture(request, path, &ignore_notices).unwrap();
    std::fs::read(path).unwrap()
}

fn decoded(png: &[u8]) -> RgbImage {
    image::load_from_memory(png).unwrap().into_rgb8()
}

/// Pixels of a picture that are not those of its twin, of those at least so far from the edges.
fn differing(picture: &RgbImage, twin: &RgbaImage, at: [u32; 2], margin: u32) -> usize {
    let [width, height] = [twin.width(), twin.height()];
    let inner =
        (margin..height - margin).flat_map(|y| (margin..width - margin).map(move |x| (x, y)));
    inner
        .filter(|&(x, y)| {
            let drawn = picture.get_pixel(at[0] + x, at[1] + y).0;
            let [r, g, b, _] = twin.get_pixel(x, y).0;
            drawn != [r, g, b]
        })
        .count()
}

/// What stands in a tag of an SVG, as numbers by their names.
pub(crate) fn number(tag: &str, name: &str) -> f64 {
    let from = tag.split(&format!(" {name}=\"")).nth(1).unwrap();
    from.split('"').next().unwrap().parse().unwrap()
}

/// The words of an SVG, each with its tag.
pub(crate) fn texts(svg: &str) -> Vec<(&str, &str)> {
    let tags = svg.split("<text").skip(1);
    tags.map(|tag| {
        let (about, rest) = tag.split_once('>').unwrap();
        (about, rest.split("</text>").next().unwrap())
    })
    .collect()
}

/// The longest run of a colour along a row.
fn longest_run(picture: &RgbImage, colour: [u8; 3]) -> u32 {
    let of_row = |y: u32| {
        let mut longest = 0;
        let mut run = 0;
        for x in 0..picture.width() {
            run = if picture.get_pixel(x, y).0 == colour {
                run + 1
            } else {
                0
            };
            longest = longest.max(run);
        }
        longest
    };
    (0..picture.height()).map(of_row).max().unwrap()
}

#[test]
fn a_saved_picture_is_the_twins_with_words_at_its_edges() {
    let folder = tempfile::tempdir().unwrap();
    let volume = ramp();
    let mut panels = vec![
        panel(&volume, Plane::Axial, 3.0),
        panel(&volume, Plane::Sagittal, 3.0),
    ];
    let second = panel(&volume, Plane::Axial, 3.0);
    panels[1].slice.layers.push(second.slice.layers[0].clone());
    panels[1].slice.pairing = Some(Pairing::Swipe(0.25));
    let panels = in_rows(panels, 2, 1.0);
    assert_eq!(panels[1].at[0], panels[0].slice.view.size[0] + 2);
    let twins: Vec<RgbaImage> = panels
        .iter()
        .map(|panel| draw_on_cpu(&panel.slice))
        .collect();
    let request = PictureRequest::Still(figure(panels.clone(), 1.0));
    let png = written(&request, &folder.path().join("a.png"));
    let picture = decoded(&png);
    for (panel, twin) in panels.iter().zip(&twins) {
        let [width, height] = panel.slice.view.size;
        assert!(width > 150 && height > 100, "{width} x {height}");
        // Nothing is written farther in than a line of letters, but the line of the swipe.
        let line = if panel.slice.pairing.is_some() {
            height
        } else {
            0
        };
        let n = differing(&picture, twin, panel.at, 40);
        assert!(n <= 2 * line as usize, "{n} pixels differ");
    }
    // At the edges something was written.
    assert!(differing(&picture, &twins[0], [0; 2], 0) > 200);
    // Each panel is in the SVG as the same pixels.
    let svg = String::from_utf8(written(&request, &folder.path().join("a.svg"))).unwrap();
    let images: Vec<&str> = svg.split("base64,").skip(1).collect();
    assert_eq!(images.len(), 2);
    for (image, twin) in images.iter().zip(&twins) {
        use base64::Engine as _;
        let coded = image.split('"').next().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(coded)
            .unwrap();
        assert_eq!(differing(&decoded(&bytes), twin, [0; 2], 0), 0);
    }
    // What it is stands in the file too.
    let text = String::from_utf8_lossy(&png).into_owned();
    assert!(
        text.contains("Before: window 0 to 300\nCisterna "),
        "no description"
    );
    assert!(text.contains("Research use only"));
    assert!(svg.contains("Research use only"));
}

/// 300 pixels to the inch: 11,811 to the metre, in the chunk pHYs.
#[test]
fn a_picture_says_how_large_it_is_on_paper() {
    let folder = tempfile::tempdir().unwrap();
    let request = PictureRequest::Still(figure(vec![panel(&ramp(), Plane::Axial, 1.0)], 1.0));
    let png = written(&request, &folder.path().join("a.PNG"));
    let (_, data) = chunks(&png)
        .into_iter()
        .find(|(name, _)| name == "pHYs")
        .unwrap();
    assert_eq!(data, [0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1]);
}

#[test]
fn letters_and_the_bar_of_millimetres_are_those_of_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let volume = ramp();
    // Known: from the patient's right to the left, and so on; the face on the left.
    for (plane, convention, expected) in [
        (Plane::Axial, Convention::Radiological, ["R", "L", "A", "P"]),
        (Plane::Axial, Convention::Neurological, ["L", "R", "A", "P"]),
        (
            Plane::Coronal,
            Convention::Radiological,
            ["R", "L", "S", "I"],
        ),
        (
            Plane::Sagittal,
            Convention::Radiological,
            ["A", "P", "S", "I"],
        ),
    ] {
        for pixels_per_mm in [1.7, 4.0] {
            let mut one = panel(&volume, plane, pixels_per_mm);
            let at_mm = one.slice.view.to_world([0.0; 2])[plane.normal_axis()];
            let fit = PlaneView::fit(plane, convention, volume.grid(), at_mm, None);
            one.slice.view = fit.finer(pixels_per_mm);
            let [width, height] = one.slice.view.size.map(f64::from);
            let scale = pixels_per_mm / 1.5;
            let request = PictureRequest::Still(figure(vec![one], scale));
            let svg = written(&request, &folder.path().join("a.svg"));
            let svg = String::from_utf8(svg).unwrap();
            let [width, height] = [width / scale, height / scale];
            let place = |letter: &str| {
                let texts = texts(&svg);
                let (tag, _) = texts.iter().find(|(_, words)| *words == letter).unwrap();
                [number(tag, "x") / width, number(tag, "y") / height]
            };
            let [left, right, top, bottom] = expected.map(place);
            assert!(left[0] < 0.1 && (left[1] - 0.5).abs() < 0.05, "{left:?}");
            assert!(right[0] > 0.9 && (right[1] - 0.5).abs() < 0.05, "{right:?}");
            assert!(top[1] < 0.5 && (top[0] - 0.5).abs() < 0.05, "{top:?}");
            assert!(
                bottom[1] > 0.7 && (bottom[0] - 0.5).abs() < 0.05,
                "{bottom:?}"
            );
            // The length that stands beside the bar is that of the bar: in the SVG exactly, in pixels
            // within one.
            let texts = texts(&svg);
            let is_length = |words: &str| words.strip_suffix(" mm")?.parse::<f64>().ok();
            let mm = texts
                .iter()
                .find_map(|(_, words)| is_length(words))
                .unwrap();
            let wide = svg
                .split("<rect")
                .filter(|tag| tag.contains("#d8d4c4"))
                .map(|tag| number(tag, "width"));
            let bar = wide.fold(0.0, f64::max);
            assert!(
                (bar - mm * pixels_per_mm / scale).abs() < 0.011,
                "{bar} for {mm} mm"
            );
            let png = written(&request, &folder.path().join("a.png"));
            let run = f64::from(longest_run(&decoded(&png), LETTERS));
            assert!((run - mm * pixels_per_mm).abs() <= 1.0, "{run} for {mm} mm");
            // No longer than it may be, and no shorter than can be seen.
            assert!(bar < 0.31 * width && bar > 0.1 * width, "{bar} of {width}");
        }
    }
}

#[test]
fn sides_that_are_not_known_are_not_named() {
    let folder = tempfile::tempdir().unwrap();
    let volume = ramp().with_orientation(Orientation::Unknown);
    let request = PictureRequest::Still(figure(vec![panel(&volume, Plane::Coronal, 2.0)], 1.0));
    let svg = written(&request, &folder.path().join("a.svg"));
    let svg = String::from_utf8(svg).unwrap();
    let words: Vec<&str> = texts(&svg).iter().map(|(_, words)| *words).collect();
    assert_eq!(
        words.iter().filter(|words| **words == "?").count(),
        4,
        "{words:?}"
    );
    assert!(
        !words
            .iter()
            .any(|words| ["R", "L", "S", "I"].contains(words))
    );
    assert!(
        words.iter().any(|words| words.starts_with("y ")),
        "{words:?}"
    );
}

#[test]
fn colours_have_their_values_and_rulers_their_length() {
    let folder = tempfile::tempdir().unwrap();
    let volume = ramp();
    let mut one = panel(&volume, Plane::Axial, 2.0);
    let difference = Difference {
        signed: false,
        style: LayerStyle {
            colormap: Colormap::Inferno,
            ..LayerStyle::base(Window::new(0.0, 42.0))
        },
    };
    let again = one.slice.layers[0].clone();
    one.slice.layers.push(again);
    one.slice.pairing = Some(Pairing::Difference(difference));
    let at_mm = one.slice.view.to_world([0.0; 2]).z;
    let ends = [[-30.0, -10.0], [10.0, 10.0]].map(|[x, y]| Point3::new(x, y, at_mm));
    one.lines
        .push(PictureLine::ruler(ends, "1  44.7 mm".to_owned()));
    // As long, and nearly in the same place: its length stands below.
    let second = ends.map(|end| end + Vector3::x());
    one.lines
        .push(PictureLine::ruler(second, "2  44.7 mm".to_owned()));
    // An angle of 90 degrees, and a region with a colour of its own.
    let corner = Point3::new(-10.0, 0.0, at_mm);
    let ways = [Vector3::new(8.0, 0.0, 0.0), Vector3::new(0.0, 8.0, 0.0)];
    let points = [corner + ways[0], corner, corner + ways[1]];
    one.lines
        .push(PictureLine::angle(points, "1  90.0°".to_owned()));
    let square = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
    let square = square.map(|[x, y]| Point3::new(x, y, at_mm)).to_vec();
    one.lines
        .push(PictureLine::region(square, "7".to_owned(), [1, 2, 3]));
    one.crosshair = Some(Point3::new(10.0, 5.0, at_mm));
    let mut figure = figure(vec![one.clone()], 1.0);
    figure.bars.push(PictureBar {
        style: difference.style,
        title: "|24 h - Before|".to_owned(),
        unit: "mmol/l".to_owned(),
    });
    let request = PictureRequest::Still(figure);
    let svg = written(&request, &folder.path().join("a.svg"));
    let svg = String::from_utf8(svg).unwrap();
    let words: Vec<&str> = texts(&svg).iter().map(|(_, words)| *words).collect();
    for expected in [
        "42",
        "21",
        "0",
        "mmol/l",
        "|24 h - Before|",
        "1  44.7 mm",
        "1  90.0°",
        "7",
    ] {
        assert!(words.contains(&expected), "{expected}: {words:?}");
    }
    let lengths = texts(&svg).into_iter();
    let lengths = lengths.filter(|(_, words)| words.ends_with("44.7 mm"));
    let rows: Vec<f64> = lengths.map(|(tag, _)| number(tag, "y")).collect();
    assert!(rows[1] - rows[0] > 10.0, "{rows:?}");
    // From the last colour above to the first below, beside the panel.
    let [first, last] = [0.0, 1.0].map(|share| {
        let colour = Colormap::Inferno.colour(share);
        colour.map(|channel| (channel * 255.0 + 0.5) as u8)
    });
    let picture = decoded(&written(&request, &folder.path().join("a.png")));
    let [width, height] = one.slice.view.size;
    let x = width + 8 + 6;
    let column: Vec<[u8; 3]> = (0..height).map(|y| picture.get_pixel(x, y).0).collect();
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 8);
    let top = column.iter().position(|pixel| near(*pixel, last)).unwrap();
    // The first colour of these is nearly black, as the paper is.
    let bottom = column.iter().rposition(|pixel| *pixel != [0; 3]).unwrap();
    assert!(near(column[bottom], first), "{:?}", column[bottom]);
    assert!(bottom > top + 60, "{top} to {bottom}");
    // A line of 40 x 20 mm at two pixels a mm.
    let line = svg
        .split("<line")
        .find(|tag| tag.contains("#66d9e8"))
        .unwrap();
    let along = |a: &str, b: &str| (number(line, a) - number(line, b)).abs();
    assert!((along("x1", "x2") - 80.0).abs() < 0.02, "{line}");
    assert!((along("y1", "y2") - 40.0).abs() < 0.02, "{line}");
    assert_eq!(svg.matches("#4c9874").count(), 4, "the crosshair has a gap");
    // Two rulers and two ways of an angle; the four sides of the region, closed.
    assert_eq!(svg.matches("#66d9e8").count(), 4);
    let sides = svg.split("<line").filter(|tag| tag.contains("#010203"));
    let sides: Vec<&str> = sides.collect();
    assert_eq!(sides.len(), 4);
    for side in sides {
        let long = |a: &str, b: &str| number(side, a) - number(side, b);
        let length = long("x1", "x2").hypot(long("y1", "y2"));
        assert!((length - 20.0).abs() < 0.02, "{side}");
    }
}

#[test]
fn slices_of_a_sheet_lie_at_equal_steps_on_what_was_stored() {
    let volume = ramp();
    let grid = volume.grid();
    #[track_caller]
    fn check(grid: &Grid, n: usize, about: Option<(usize, f64)>, expected: &[f64]) {
        let found = lightbox_positions(Plane::Axial, grid, n, about);
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        let is_same = found.len() == expected.len() && found.iter().zip(expected).all(near);
        assert!(is_same, "{found:?}, not {expected:?}");
    }
    // 40 slices of 1 mm from -19.5 on; by hand.
    check(grid, 4, None, &[-15.5, -5.5, 4.5, 14.5]);
    // The whole scan, though fewer tiles are filled than there are.
    let wide: Vec<f64> = (0..20).map(|at| f64::from(2 * at) - 19.5).collect();
    check(grid, 24, None, &wide);
    check(grid, 3, Some((5, 0.6)), &[-4.5, 0.5, 5.5]);
    // What would lie outside moves in.
    check(grid, 3, Some((5, 19.5)), &[9.5, 14.5, 19.5]);
    check(grid, 3, Some((5, -19.5)), &[-19.5, -14.5, -9.5]);
    // There are no more than fit.
    check(grid, 9, Some((30, 0.0)), &[-19.5, 10.5]);
    assert_eq!(lightbox_positions(Plane::Axial, grid, 400, None).len(), 40);
    for plane in Plane::ALL {
        for position in lightbox_positions(plane, grid, 7, None) {
            let nearest = plane.nearest_slice_mm(grid, position);
            assert!((nearest - position).abs() < 1e-9);
        }
    }
}

/// The chunks of a PNG file by the words of its specification: length, name, data, sum.
pub(crate) fn chunks(png: &[u8]) -> Vec<(String, Vec<u8>)> {
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let mut chunks = Vec::new();
    let mut at = 8;
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        let name = String::from_utf8(png[at + 4..at + 8].to_vec()).unwrap();
        let data = &png[at + 8..at + 8 + length];
        let mut sum = flate2::Crc::new();
        sum.update(&png[at + 4..at + 8 + length]);
        let stored = u32::from_be_bytes(png[at + 8 + length..at + 12 + length].try_into().unwrap());
        assert_eq!(sum.sum(), stored, "{name}");
        chunks.push((name, data.to_vec()));
        at += length + 12;
    }
    assert_eq!(chunks.last().unwrap().0, "IEND");
    chunks
}

/// How many frames an animated PNG has, by its chunks: what `acTL` says, those that have a control chunk,
/// and those with pixels of their own. Also the delay of each, seconds.
pub(crate) fn frames(png: &[u8]) -> (u32, Vec<f64>) {
    let word = |data: &[u8], at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap());
    let half = |data: &[u8], at: usize| u16::from_be_bytes(data[at..at + 2].try_into().unwrap());
    let chunks = chunks(png);
    let (_, control) = chunks.iter().find(|(name, _)| name == "acTL").unwrap();
    assert_eq!(word(control, 4), 0, "it goes on for ever");
    let (_, head) = &chunks[0];
    let mut delays = Vec::new();
    let mut next = 0;
    let mut with_pixels = 0;
    let mut is_open = false;
    for (name, data) in &chunks {
        match name.as_str() {
            "fcTL" => {
                assert_eq!(word(data, 0), next, "in sequence");
                next += 1;
                assert_eq!(data[4..12], head[..8], "as large as the whole");
                delays.push(f64::from(half(data, 20)) / f64::from(half(data, 22)));
                is_open = true;
            }
            "fdAT" => {
                assert_eq!(word(data, 0), next, "in sequence");
                next += 1;
                with_pixels += usize::from(is_open);
                is_open = false;
            }
            "IDAT" => {
                with_pixels += usize::from(is_open);
                is_open = false;
            }
            _ => {}
        }
    }
    assert_eq!(with_pixels, delays.len(), "each has pixels");
    (word(control, 0), delays)
}

fn movie(n: usize) -> PictureRequest {
    let volume = ramp();
    let positions = lightbox_positions(Plane::Axial, volume.grid(), n, None);
    let frame = |at_mm: &f64| {
        let mut one = panel(&volume, Plane::Axial, 1.0);
        one.slice.view.world_from_pixel[(2, 3)] = *at_mm;
        figure(vec![one], 1.0)
    };
    PictureRequest::Frames {
        figures: positions.iter().map(frame).collect(),
        per_second: 8.0,
    }
}

#[test]
fn a_movie_has_all_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.png", "a.apng"] {
        let png = written(&movie(5), &folder.path().join(name));
        let (n, delays) = frames(&png);
        assert_eq!(n, 5);
        assert_eq!(delays, [0.125; 5]);
        // The first is what a program shows that plays none.
        let PictureRequest::Frames { figures, .. } = movie(5) else {
            panic!("a movie")
        };
        let twin = draw_on_cpu(&figures[0].panels[0].slice);
        assert_eq!(differing(&decoded(&png), &twin, [0; 2], 36), 0);
    }
}

#[test]
fn what_is_stopped_or_refused_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |request: &PictureRequest, name: &str| {
        let path = folder.path().join(name);
        let error = write_picture(request, &path, &ignore_notices).unwrap_err();
        format!("{error:#}")
    };
    let still = PictureRequest::Still(figure(vec![panel(&ramp(), Plane::Axial, 1.0)], 1.0));
    let ends = "ends in .png, .svg, .pdf or .dcm";
    assert!(refused(&still, "a.gif").contains(ends));
    assert!(refused(&still, "a").contains(ends));
    assert!(refused(&movie(3), "a.gif").contains("ends in .png or .apng"));
    for end in ["svg", "pdf", "dcm"] {
        let why = refused(&movie(3), &format!("a.{end}"));
        assert!(why.contains(&format!("a .{end} is one picture")), "{why}");
        assert!(why.contains("ends in .png or .apng"), "{why}");
    }
    let empty = PictureRequest::Still(figure(Vec::new(), 1.0));
    assert!(refused(&empty, "a.png").contains("nothing to take a picture of"));
    let large = PictureRequest::Still(figure(vec![panel(&ramp(), Plane::Axial, 400.0)], 1.0));
    assert!(refused(&large, "a.png").contains("choose a lower resolution"));
    // Stopped when it was drawn and before it is written, and in the middle of a movie.
    for name in ["a.png", "b.apng"] {
        let request = if name == "a.png" {
            still.clone()
        } else {
            movie(9)
        };
        let told = AtomicUsize::new(0);
        let last = if name == "a.png" { 1 } else { 6 };
        let stop = |_: Notice| match told.fetch_add(1, Ordering::Relaxed) < last {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let error = write_picture(&request, &folder.path().join(name), &stop).unwrap_err();
        assert_eq!(error.to_string(), "stopped");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Where nothing may be overwritten, what came while it was drawn is not either.
#[test]
fn a_new_picture_takes_nobodys_place() {
    let folder = tempfile::tempdir().unwrap();
    let still = PictureRequest::Still(figure(vec![panel(&ramp(), Plane::Axial, 1.0)], 1.0));
    let path = folder.path().join("a.png");
    let comes = |_: Notice| {
        std::fs::write(&path, "another's").unwrap();
        ControlFlow::Continue(())
    };
    write_new_picture(&still, &path, &comes).unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), b"another's");
    let error = write_new_picture(&still, &path, &ignore_notices).unwrap_err();
    assert!(error.to_string().contains("not overwritten"), "{error}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// What takes a while to make is made once, when it is drawn.
#[test]
fn voxels_are_made_when_they_are_drawn() {
    let made = std::sync::Arc::new(AtomicUsize::new(0));
    let (counter, volume) = (made.clone(), ramp());
    let colours = vec![[0; 4], [255, 0, 0, 255]];
    let lazy = PictureVolume::labels(colours.clone(), move || {
        counter.fetch_add(1, Ordering::Relaxed);
        volume
    });
    let again = lazy.clone();
    assert_eq!(made.load(Ordering::Relaxed), 0);
    assert_eq!(lazy.volume().grid().dims(), again.volume().grid().dims());
    assert_eq!(again.label_colours(), colours);
    assert_eq!(made.load(Ordering::Relaxed), 1);
}
