//! Tables that name the labels of a label map and colour them: BIDS, FreeSurfer, ITK-SNAP, 3D Slicer,
//! FSLeyes and AFNI. Which it is, is told by what stands in it.

use super::bids::TsvTable;
use super::error::FormatError;
use crate::text::{self, Limit};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names and colours of labels, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelTable {
    /// The table.
    pub path: PathBuf,
    /// Name by number.
    pub names: BTreeMap<u32, String>,
    /// Red, green, blue and opacity by number, where the table has them.
    pub colours: BTreeMap<u32, [u8; 4]>,
    /// Rows that were left out, and what was assumed.
    pub remarks: Vec<String>,
}

/// How the names of tables beside a label map end, after its own name.
pub(super) const ENDINGS: [&str; 5] = ["label", "lut", "ctbl", "niml.lt", "txt"];

/// One line of a table.
struct Row {
    id: u32,
    name: String,
    colour: [u8; 4],
}

impl LabelTable {
    /// Opens a table.
    ///
    /// # Errors
    /// When it cannot be opened, and when no label stands in it.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        let ending = path.extension();
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("tsv")) {
            return Self::of_tsv(path);
        }
        let refused = |what: String| FormatError::NotRecognised {
            what,
            path: path.to_owned(),
        };
        let bytes = text::bytes(path, Limit::Table).map_err(|error| match error {
            text::TextError::Io { source, path } => FormatError::Io { source, path },
            other => refused(other.to_string()),
        })?;
        let (text, encoding) = text::decode(&bytes).map_err(refused)?;
        let assumed = encoding.map(|what| format!("the encoding is assumed ({what})"));
        let mut remarks: Vec<String> = assumed.into_iter().collect();
        let mut table = Self {
            path: path.to_owned(),
            names: BTreeMap::new(),
            colours: BTreeMap::new(),
            remarks: Vec::new(),
        };
        if let Some(names) = afni_names(&text) {
            for (id, name) in names {
                table.names.entry(id).or_insert(name);
            }
        } else if text.contains("Color procedural file") {
            return Err(refused(
                "colours of a continuous map, not labels".to_owned(),
            ));
        } else {
            table.take_lines(&text, &mut remarks);
        }
        if table.names.is_empty() {
            return Err(refused("no label stands in it".to_owned()));
        }
        table.remarks = remarks
            .into_iter()
            .map(|remark| format!("{remark}: {}", path.display()))
            .collect();
        Ok(table)
    }

    /// FreeSurfer's, ITK-SNAP's, Slicer's and FSLeyes' tables have a label a line.
    fn take_lines(&mut self, text: &str, remarks: &mut Vec<String>) {
        let is_slicer = text.contains("Color table file");
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut n_left_out = 0;
        for line in lines {
            let row = snap_row(line)
                .or_else(|| named_row(line, is_slicer))
                .or_else(|| fsleyes_row(line));
            let Some(row) = row else {
                n_left_out += 1;
                continue;
            };
            // The first of a number counts.
            self.names.entry(row.id).or_insert(row.name);
            self.colours.entry(row.id).or_insert(row.colour);
        }
        if n_left_out > 0 {
            remarks.push(format!("{n_left_out} lines are no labels and are left out"));
        }
        // Some tables have opacity where FreeSurfer's have transparency.
        let mut labels = self.colours.iter_mut().filter(|(id, _)| **id != 0);
        if labels.all(|(_, colour)| colour[3] == 0) {
            self.colours.values_mut().for_each(|colour| colour[3] = 255);
            remarks.push("all colours are clear and are taken for opaque".to_owned());
        }
    }

    /// The table `_dseg.tsv` of BIDS.
    fn of_tsv(path: &Path) -> Result<Self, FormatError> {
        let table = TsvTable::open(path)?;
        let columns = table.column("index").zip(table.column("name"));
        let Some((index, name)) = columns else {
            return Err(FormatError::Field {
                field: "the columns".to_owned(),
                value: table.columns.join(", "),
                why: "a table of labels has index and name".to_owned(),
                path: path.to_owned(),
            });
        };
        let colour = table.column("color");
        let mut remarks = table.remarks;
        let (mut names, mut colours) = (BTreeMap::new(), BTreeMap::new());
        for row in &table.rows {
            let Ok(label) = row[index].parse() else {
                remarks.push(format!(
                    "the index {:?} is no number and is left out: {}",
                    row[index],
                    path.display()
                ));
                continue;
            };
            // The first of a number counts.
            names.entry(label).or_insert_with(|| row[name].clone());
            if let Some([r, g, b]) = colour.and_then(|at| hexadecimal(&row[at])) {
                colours.entry(label).or_insert([r, g, b, 255]);
            }
        }
        Ok(Self {
            path: path.to_owned(),
            names,
            colours,
            remarks,
        })
    }
}

/// `#rrggbb`
fn hexadecimal(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#').filter(|d| d.len() == 6)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, r, g, b] = number.to_be_bytes();
    Some([r, g, b])
}

/// ITK-SNAP: number, red, green, blue, opacity from 0 to 1, seen or not, seen in 3D or not, and a name
/// in quotes.
fn snap_row(line: &str) -> Option<Row> {
    let (fields, rest) = line.split_once('"')?;
    let name = rest.rsplit_once('"')?.0;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [id, r, g, b, opacity, is_seen, _] = fields[..] else {
        return None;
    };
    let opacity: f32 = opacity.parse().ok()?;
    let is_seen: u8 = is_seen.parse().ok()?;
    let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    Some(Row {
        id: id.parse().ok()?,
        name: name.to_owned(),
        colour: [
            r.parse().ok()?,
            g.parse().ok()?,
            b.parse().ok()?,
            if is_seen == 0 { 0 } else { alpha },
        ],
    })
}

/// FreeSurfer: number, name without blanks, red, green, blue, transparency; Slicer has opacity last.
/// More columns may follow.
fn named_row(line: &str, is_slicer: bool) -> Option<Row> {
    let mut fields = line.split_whitespace();
    let id = fields.next()?.parse().ok()?;
    let name = fields.next().filter(|name| name.parse::<f64>().is_err())?;
    let mut byte = || fields.next()?.parse::<u8>().ok();
    let [r, g, b] = [byte()?, byte()?, byte()?];
    let last = byte();
    let alpha = match (is_slicer, last) {
        (true, last) => last.unwrap_or(255),
        (false, last) => 255 - last.unwrap_or(0),
    };
    let name = match is_slicer {
        true => name.replace('_', " ").trim_matches('\'').to_owned(),
        false => name.to_owned(),
    };
    Some(Row {
        id,
        name,
        colour: [r, g, b, alpha],
    })
}

/// FSLeyes: number, red, green and blue from 0 to 1, and the rest of the line is the name.
fn fsleyes_row(line: &str) -> Option<Row> {
    let mut rest = line;
    let mut field = || {
        let (first, after) = rest.trim_start().split_once(char::is_whitespace)?;
        rest = after;
        Some(first)
    };
    let id = field()?.parse().ok()?;
    let mut share = || field()?.parse::<f32>().ok();
    let shares = [share()?, share()?, share()?];
    if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
        return None;
    }
    let [r, g, b] = shares.map(|share| (share * 255.0).round() as u8);
    Some(Row {
        id,
        name: rest.trim().to_owned(),
        colour: [r, g, b, 255],
    })
}

/// AFNI: pairs of a number and a name, each in quotes, in an element. How many there are to be is not
/// believed.
fn afni_names(text: &str) -> Option<Vec<(u32, String)>> {
    let (_, element) = text.split_once("<VALUE_LABEL_DTABLE")?;
    let (_, inside) = element.split_once('>')?;
    let inside = inside.split("</VALUE_LABEL_DTABLE").next()?;
    // Between quotes lies every second piece.
    let quoted: Vec<&str> = inside.split('"').skip(1).step_by(2).collect();
    let pairs = quoted.chunks_exact(2);
    Some(
        pairs
            .filter_map(|pair| Some((pair[0].trim().parse().ok()?, pair[1].to_owned())))
            .collect(),
    )
}
