//! One series and its volumes.

use super::elements;
use super::header::Image;
use super::pixels::{self, Job, PixelScaling};
use super::stack::{self, Stack};
use super::syntax;
use super::tags::{self, Keep};
use crate::formats::error::FormatError;
use crate::formats::header::HeaderPart;
use crate::formats::info::{FileInfo, Opened, Progress, VoxelValue, no_progress};
use crate::formats::tally::{Summary, Tally};
use crate::volume::{Grid, Orientation, Volume, VolumeError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use time::PrimitiveDateTime;

/// Images that a scanner made in one go.
#[derive(Debug)]
pub struct Series {
    /// `SeriesDescription`.
    pub description: Option<String>,
    /// `Modality`, such as `MR`.
    pub modality: Option<String>,
    /// `SeriesNumber`.
    pub number: Option<i64>,
    /// Files that are part of it.
    pub n_files: usize,
    /// When its first image was acquired, by the scanner's clock.
    pub acquired: Option<PrimitiveDateTime>,
    /// Centre and width of the window that the first image suggests, in values.
    pub window: Option<(f64, f64)>,
    /// Its volumes: orientations, echoes, image types, points in time.
    pub volumes: Vec<SeriesVolume>,
    /// What the person should know before trusting the picture.
    pub warnings: Vec<String>,
    uid: String,
    images: Vec<Arc<Image>>,
}

/// One volume of a series.
#[derive(Clone, Debug)]
pub struct SeriesVolume {
    /// Where its voxels lie; columns first, then rows, then slices.
    pub grid: Grid,
    /// Whether the files say where it lies.
    pub orientation: Orientation,
    /// `EchoTime` in ms.
    pub echo_time_ms: Option<f64>,
    /// `ImageType`, its parts separated by `\`.
    pub image_type: String,
    /// When its first frame was acquired, by the scanner's clock.
    pub acquired: Option<PrimitiveDateTime>,
    stack: Stack,
}

/// Who was scanned. Asked for on its own, never kept, and not printed by `{:?}`.
pub struct Identity {
    /// `PatientName`.
    pub name: Option<String>,
    /// `PatientID`.
    pub id: Option<String>,
    /// `PatientBirthDate`, as it is written.
    pub birth_date: Option<String>,
}

impl Identity {
    /// Name, number and date of birth, as far as they are there.
    #[must_use]
    pub fn line(&self) -> String {
        let parts = [&self.name, &self.id, &self.birth_date];
        let known: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        match known.is_empty() {
            true => "The files do not say who was scanned".to_owned(),
            false => known.join("  ·  "),
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity { .. }")
    }
}

impl Series {
    /// Stacks the frames of images that have one series in common; at least one.
    pub(super) fn new(mut images: Vec<Arc<Image>>) -> Result<Self, VolumeError> {
        images.sort_by_key(|image| image.frames.first().map(|frame| frame.instance));
        let frames: Vec<_> = images
            .iter()
            .enumerate()
            .flat_map(|(file, image)| {
                let frames = image.frames.iter().enumerate();
                frames.map(move |(at, frame)| ((file, at), frame))
            })
            .collect();
        let (stacks, mut warnings) = stack::stacks(&frames)?;
        let volumes: Vec<SeriesVolume> = stacks
            .into_iter()
            .map(|stack| SeriesVolume::new(stack, &images))
            .collect();
        let of_volumes = volumes.iter().flat_map(|volume| &volume.stack.warnings);
        let of_images = images
            .iter()
            .flat_map(|image| image.remarks.iter().map(String::as_str));
        for warning in of_volumes.map(String::as_str).chain(of_images) {
            if !warnings.iter().any(|w| w == warning) {
                warnings.push(warning.to_owned());
            }
        }
        let first = &images[0];
        Ok(Self {
            description: first.description.clone(),
            modality: first.modality.clone(),
            number: first.series_number,
            n_files: images.len(),
            acquired: volumes.iter().filter_map(|volume| volume.acquired).min(),
            window: first.window,
            volumes,
            warnings,
            uid: first.series_uid.clone(),
            images,
        })
    }

    /// Its description, or else its number.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.description, self.number) {
            (Some(description), _) => description.clone(),
            (None, Some(number)) => format!("Series {number}"),
            (None, None) => "Series".to_owned(),
        }
    }

    /// Columns, rows, slices, and volumes where there are several.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let mut shape = self
            .volumes
            .first()
            .map_or(vec![0; 3], |volume| volume.grid.dims().to_vec());
        if self.volumes.len() > 1 {
            shape.push(self.volumes.len());
        }
        shape
    }

    /// Its files, in the order of its images; `scans.zip!a/1.dcm` for what lies in a zip.
    pub(in crate::formats) fn files(&self) -> Vec<PathBuf> {
        self.images
            .iter()
            .map(|image| image.source.path())
            .collect()
    }

    /// Whether [`PixelScaling::PhilipsPrecise`] makes a difference.
    #[must_use]
    pub fn has_precise_values(&self) -> bool {
        let mut frames = self.images.iter().flat_map(|image| &image.frames);
        frames.any(|frame| frame.precise.is_some())
    }

    /// Who was scanned, from the first file. The only way by which a name leaves a file.
    ///
    /// # Errors
    /// When the file can no longer be opened.
    pub fn identity(&self) -> Result<Identity, FormatError> {
        let dataset = syntax::elements(&self.images[0].source, Keep::Identity)?;
        Ok(Identity {
            name: dataset.text(tags::PATIENT_NAME),
            id: dataset.text(tags::PATIENT_ID),
            birth_date: dataset.text(tags::BIRTH_DATE),
        })
    }

    /// What the first file of a volume says of itself; what may say who was scanned is hidden, unless
    /// `with_identity` asks for it.
    pub(in crate::formats) fn header_parts(
        &self,
        volume_idx: usize,
        with_identity: bool,
    ) -> Result<Vec<HeaderPart>, FormatError> {
        let slices = &self.volume(volume_idx)?.stack.slices;
        let first = slices.iter().flatten().next();
        let image = &self.images[first.map_or(0, |(file, _)| *file)];
        let dataset = syntax::elements(&image.source, Keep::All)?;
        Ok(elements::parts(&dataset, with_identity))
    }

    pub(super) fn sort_key(&self) -> (Option<i64>, Option<PrimitiveDateTime>, &str) {
        (self.number, self.acquired, &self.uid)
    }

    /// Opens one of the volumes. `progress` takes the share of its slices that are decoded.
    ///
    /// # Errors
    /// When there is no such volume, when a file is gone, cut short or damaged, or when the pixels
    /// are coded in a way that is not opened.
    pub fn open(
        &self,
        volume_idx: usize,
        scaling: PixelScaling,
        progress: Progress<'_>,
    ) -> Result<Opened, FormatError> {
        let volume = self.volume(volume_idx)?;
        let (values, tally) = self.decode(volume, scaling, progress)?;
        let opened =
            Volume::new(volume.grid.clone(), values).map_err(|source| FormatError::Placement {
                source,
                path: self.path(),
            })?;
        let mut info = self.info(tally.summary());
        self.place(&mut info, volume);
        Ok(Opened {
            volume: opened.with_orientation(volume.orientation),
            info,
        })
    }

    /// What the series is, with statistics over one volume or over all, one at a time.
    pub(in crate::formats) fn describe(
        &self,
        volume_idx: Option<usize>,
        voxels: &[Vec<usize>],
    ) -> Result<FileInfo, FormatError> {
        let chosen = match volume_idx {
            Some(idx) => idx..idx + 1,
            None => 0..self.volumes.len(),
        };
        let mut tally = Tally::default();
        let wanted = voxels
            .iter()
            .map(|index| self.find_voxel(index, volume_idx.unwrap_or(0)))
            .collect::<Result<Vec<_>, _>>()?;
        let not_found = |index: &Vec<usize>| VoxelValue {
            index: index.clone(),
            value: f64::NAN,
        };
        let mut found: Vec<VoxelValue> = voxels.iter().map(not_found).collect();
        for idx in 0..self.volumes.len() {
            let is_wanted = wanted.iter().any(|(volume, _)| *volume == idx);
            if !chosen.contains(&idx) && !is_wanted {
                continue;
            }
            let (values, of_volume) =
                self.decode(self.volume(idx)?, PixelScaling::default(), &no_progress)?;
            if chosen.contains(&idx) {
                tally.merge(&of_volume);
            }
            for ((volume, at), found) in wanted.iter().zip(&mut found) {
                if *volume == idx {
                    found.value = f64::from(values[*at]);
                }
            }
        }
        let mut info = self.info(Summary {
            voxels: found,
            ..tally.summary()
        });
        self.place(&mut info, self.volume(chosen.start)?);
        Ok(info)
    }

    /// The middle slice of the first volume, on its own; of all slices only this is decoded.
    pub(in crate::formats) fn middle_slice(&self) -> Result<Volume, FormatError> {
        let mut volume = self.volume(0)?.clone();
        let slices = std::mem::take(&mut volume.stack.slices);
        let middle = slices.len() / 2;
        let filled = (middle..slices.len()).chain(0..middle);
        let at = filled
            .into_iter()
            .find(|&at| slices[at].is_some())
            .unwrap_or(middle);
        volume.stack.slices.extend(slices.get(at).copied());
        let [columns, rows, _] = volume.grid.dims();
        let mut affine = *volume.grid.world_from_voxel();
        let step = affine.fixed_view::<4, 1>(0, 2) * at as f64;
        let mut start = affine.fixed_view_mut::<4, 1>(0, 3);
        start += step;
        let place = |source| FormatError::Placement {
            source,
            path: self.path(),
        };
        volume.grid = Grid::new([columns, rows, 1], affine).map_err(place)?;
        let (values, _) = self.decode(&volume, PixelScaling::default(), &no_progress)?;
        let slice = Volume::new(volume.grid, values).map_err(place)?;
        Ok(slice.with_orientation(volume.orientation))
    }

    fn volume(&self, idx: usize) -> Result<&SeriesVolume, FormatError> {
        self.volumes
            .get(idx)
            .ok_or_else(|| FormatError::OutOfRange {
                what: format!("volume {idx} (counted from 0)"),
                shape: self.shape(),
                path: self.path(),
            })
    }

    /// The volume of a voxel index and the voxel's place in it.
    fn find_voxel(
        &self,
        index: &[usize],
        volume_idx: usize,
    ) -> Result<(usize, usize), FormatError> {
        let out_of_range = || FormatError::OutOfRange {
            what: format!("voxel {index:?}"),
            shape: self.shape(),
            path: self.path(),
        };
        let (at, idx) = match *index {
            [i, j, k] => ([i, j, k], volume_idx),
            [i, j, k, idx] => ([i, j, k], idx),
            _ => return Err(out_of_range()),
        };
        let volume = self.volumes.get(idx).ok_or_else(out_of_range)?;
        let dims = volume.grid.dims();
        if (0..3).any(|axis| at[axis] >= dims[axis]) {
            return Err(out_of_range());
        }
        Ok((idx, at[0] + dims[0] * (at[1] + dims[1] * at[2])))
    }

    fn path(&self) -> PathBuf {
        self.images[0].source.path()
    }

    /// The keys that every format has; geometry is that of the first volume.
    pub(in crate::formats) fn info(&self, summary: Summary) -> FileInfo {
        let mut info = FileInfo {
            path: self.path().display().to_string(),
            format: "dicom",
            shape: self.shape(),
            dtype: self.images[0].format.dtype(),
            zooms_mm: Vec::new(),
            affine: [[0.0; 4]; 4],
            affine_source: "dicom",
            axcodes: String::new(),
            volumes: self.volumes.len(),
            min: summary.min,
            max: summary.max,
            mean: summary.mean,
            nan_count: summary.nan_count,
            voxels: summary.voxels,
            hours_after_injection: None,
            units: None,
            is_label_map: false,
            description: self.description.clone(),
            acquired: self.acquired.map(|at| at.to_string()),
            window: self
                .window
                .map(|(centre, width)| [centre - width / 2.0, centre + width / 2.0]),
            series: Vec::new(),
            warnings: self.warnings.clone(),
        };
        if let Some(volume) = self.volumes.first() {
            self.place(&mut info, volume);
        }
        info
    }

    /// Takes over the geometry and the time of one volume.
    fn place(&self, info: &mut FileInfo, volume: &SeriesVolume) {
        let affine = volume.grid.world_from_voxel();
        info.affine = std::array::from_fn(|row| std::array::from_fn(|c| affine[(row, c)]));
        info.axcodes = volume.grid.axcodes();
        info.zooms_mm = volume.stack.zooms_mm.to_vec();
        info.shape[..3].copy_from_slice(&volume.grid.dims());
        info.affine_source = match volume.orientation {
            Orientation::Known => "dicom",
            Orientation::Unknown => "default",
        };
        info.acquired = volume.acquired.or(self.acquired).map(|at| at.to_string());
    }

    /// The values of a volume, first axis fastest, and their statistics; empty slices are NaN.
    fn decode(
        &self,
        volume: &SeriesVolume,
        scaling: PixelScaling,
        progress: Progress<'_>,
    ) -> Result<(Vec<f32>, Tally), FormatError> {
        let n_voxels = volume.grid.n_voxels();
        // Asked for and given back, so that there is an error where there is not enough; memory
        // that comes as zeros is only taken as it is filled.
        Vec::<f32>::new()
            .try_reserve_exact(n_voxels)
            .map_err(|_| FormatError::Field {
                field: "Rows, Columns and slices".to_owned(),
                value: format!("{:?}", volume.grid.dims()),
                why: "needs more memory than can be had".to_owned(),
                path: self.path(),
            })?;
        let mut values = vec![0.0_f32; n_voxels];
        let [columns, rows, n_slices] = volume.grid.dims();
        let mut by_file: BTreeMap<usize, Vec<Job<'_>>> = BTreeMap::new();
        for (slice, out) in volume
            .stack
            .slices
            .iter()
            .zip(values.chunks_mut(columns * rows))
        {
            match *slice {
                Some((file, at)) => by_file.entry(file).or_default().push(Job {
                    frame: &self.images[file].frames[at],
                    out,
                }),
                None => out.fill(f32::NAN),
            }
        }
        let n_empty = volume.stack.slices.iter().filter(|s| s.is_none()).count();
        let n_done = Mutex::new(n_empty);
        let tallies: Result<Vec<Tally>, FormatError> = by_file
            .into_par_iter()
            .map(|(file, jobs)| {
                let n_jobs = jobs.len();
                let tally = pixels::decode(&self.images[file], jobs, scaling)?;
                let mut n_done = n_done.lock().unwrap_or_else(PoisonError::into_inner);
                *n_done += n_jobs;
                match progress(*n_done as f32 / n_slices as f32) {
                    ControlFlow::Continue(()) => Ok(tally),
                    ControlFlow::Break(()) => Err(FormatError::Cancelled),
                }
            })
            .collect();
        let mut sum = Tally::default();
        for tally in &tallies? {
            sum.merge(tally);
        }
        sum.add_missing((n_empty * columns * rows) as u64);
        Ok((values, sum))
    }
}

impl SeriesVolume {
    fn new(stack: Stack, images: &[Arc<Image>]) -> Self {
        let frames = || {
            let ids = stack.slices.iter().flatten();
            ids.filter_map(|&(file, at)| images[file].frames.get(at))
        };
        Self {
            grid: stack.grid.clone(),
            orientation: stack.orientation,
            echo_time_ms: frames().next().and_then(|frame| frame.echo_time_ms),
            image_type: frames().next().map_or(String::new(), |frame| {
                frame.kind.trim_end_matches('\\').to_owned()
            }),
            acquired: frames().filter_map(|frame| frame.acquired).min(),
            stack,
        }
    }
}
