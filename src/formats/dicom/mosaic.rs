//! Siemens mosaics: all slices of a volume as tiles of one picture.

use super::dataset::Dataset;
use super::frame::Frame;
use super::tags;

const MOST_TILES: usize = 1024;

/// One frame for each tile that holds a slice, or `None` where the file is no mosaic.
pub(super) fn tiles(dataset: &Dataset, whole: &Frame) -> Result<Option<Vec<Frame>>, String> {
    let is_mosaic = whole.kind.split('\\').any(|part| part == "MOSAIC");
    let csa = dataset.bytes(tags::CSA_IMAGE).unwrap_or_default();
    let listed = || csa_numbers(csa, "NumberOfImagesInMosaic");
    if !is_mosaic {
        return Ok(None);
    }
    let n = dataset
        .number(tags::IMAGES_IN_MOSAIC)
        .or_else(|| listed().first().copied());
    let Some(n) = n.filter(|&n| n >= 1.0).map(|n| n as usize) else {
        return Err(
            "ImageType says MOSAIC, and NumberOfImagesInMosaic does not say of how many slices"
                .to_owned(),
        );
    };
    let per_side = (1..).find(|side| side * side >= n).unwrap_or(1);
    if n > MOST_TILES || per_side > whole.columns.min(whole.rows) {
        return Err(format!(
            "NumberOfImagesInMosaic is {n}, and there are {} Rows and {} Columns",
            whole.rows, whole.columns
        ));
    }
    let (columns, rows) = (whole.columns / per_side, whole.rows / per_side);
    let origin = first_slice(whole, columns, rows, csa);
    let tile = |at: usize| Frame {
        tile: [at % per_side * columns, at / per_side * rows],
        columns,
        rows,
        position: origin
            .map(|(origin, step)| std::array::from_fn(|i| origin[i] + step[i] * at as f64)),
        ..whole.clone()
    };
    Ok(Some((0..n).map(tile).collect()))
}

/// The place of the first slice, and the way to the next. The position that is stored is that of
/// the whole picture, as if it were one large slice around the same middle.
fn first_slice(
    whole: &Frame,
    columns: usize,
    rows: usize,
    csa: &[u8],
) -> Option<([f64; 3], [f64; 3])> {
    let (position, o) = (whole.position?, whole.orientation?);
    let [between_rows, between_columns] = whole.spacing_mm?;
    let along_row = (whole.columns - columns) as f64 / 2.0 * between_columns;
    let along_column = (whole.rows - rows) as f64 / 2.0 * between_rows;
    let origin = std::array::from_fn(|i| position[i] + o[i] * along_row + o[3 + i] * along_column);
    let mut normal = [
        o[1] * o[5] - o[2] * o[4],
        o[2] * o[3] - o[0] * o[5],
        o[0] * o[4] - o[1] * o[3],
    ];
    let listed = csa_numbers(csa, "SliceNormalVector");
    if listed.len() >= 3 && (0..3).map(|i| listed[i] * normal[i]).sum::<f64>() < 0.0 {
        normal = normal.map(|x| -x);
    }
    let depth_mm = whole.depth_mm?;
    Some((origin, normal.map(|x| x * depth_mm)))
}

/// The numbers of an entry of Siemens' private header: a list of named entries, each with
/// items of text.
fn csa_numbers(csa: &[u8], name: &str) -> Vec<f64> {
    let mut numbers = Vec::new();
    let u32_at = |at: usize| -> Option<usize> {
        let bytes = csa.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let (mut at, n_entries) = if csa.starts_with(b"SV10") {
        (16, u32_at(8))
    } else {
        (8, u32_at(0))
    };
    for _ in 0..n_entries.unwrap_or(0).min(1000) {
        let Some(entry) = csa.get(at..at + 64) else {
            break;
        };
        let length = entry.iter().position(|&b| b == 0).unwrap_or(64);
        let is_wanted = &entry[..length] == name.as_bytes();
        let Some(n_items) = u32_at(at + 76) else {
            break;
        };
        at += 84;
        for _ in 0..n_items.min(1000) {
            // Length and three more numbers, then the text, filled up to four bytes.
            let Some(text) = u32_at(at + 4)
                .filter(|&length| length <= csa.len())
                .and_then(|length| csa.get(at + 16..at + 16 + length))
            else {
                return numbers;
            };
            let n_bytes = text.len();
            if is_wanted {
                let text = String::from_utf8_lossy(text);
                let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
                numbers.extend(text.parse::<f64>());
            }
            at += 16 + n_bytes.next_multiple_of(4);
        }
        if is_wanted {
            break;
        }
    }
    numbers
}
