//! A measurement and what it measures.

use crate::enhancement::RegionStatistics;
use crate::volume::{Plane, PlaneRegion, Volume};
use crate::workflows::CurveRegion;
use nalgebra::{Point3, Vector3};
use std::sync::Arc;

/// Something that is measured, where it lies in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Counted from 1 among those of its kind.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// What is measured.
    pub shape: MeasureShape,
}

/// What is measured. Points are RAS+ mm.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureShape {
    /// The distance of two points.
    Ruler([Point3<f64>; 2]),
    /// The angle between the ways from the second point to the other two.
    Angle([Point3<f64>; 3]),
    /// The values in a region.
    Region(Arc<PlaneRegion>),
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureValue {
    /// A distance, mm.
    Length(f64),
    /// An angle, degrees from 0 to 180; none where two of its points are one.
    Angle(Option<f64>),
    /// A region in numbers.
    Region(RegionMeasure),
}

/// A region in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionMeasure {
    /// Within its outline, mm2; none where that crosses itself too often.
    pub area_mm2: Option<f64>,
    /// The scan's values in it.
    pub within: RegionStatistics,
    /// Whether nothing of it lies where the scan does.
    pub is_outside: bool,
    /// Whether a part of its outline lies outside of the scan.
    pub is_cut: bool,
}

/// The distance of two points.
#[must_use]
pub fn length_mm(points: &[Point3<f64>; 2]) -> f64 {
    nalgebra::distance(&points[0], &points[1])
}

/// The angle at the second of three points between the ways to the others, degrees from 0 to 180; none where
/// one of them is the second.
#[must_use]
pub fn angle_deg(points: &[Point3<f64>; 3]) -> Option<f64> {
    let [one, other]: [Vector3<f64>; 2] = [points[0] - points[1], points[2] - points[1]];
    let is_there = one.norm() > 0.0 && other.norm() > 0.0;
    // By both, as the arc cosine alone loses digits near 0 and 180.
    is_there.then(|| one.cross(&other).norm().atan2(one.dot(&other)).to_degrees())
}

/// Why a scan has no values in a region, in words.
#[must_use]
pub fn why_no_values(within: &RegionStatistics) -> String {
    match within.n_voxels {
        0 => "no voxel lies in it".to_owned(),
        n => format!("none of its {n} voxels has a value that is a number"),
    }
}

impl Measure {
    /// What it measures on a scan, where that lies. For a job, as a region goes over voxels.
    #[must_use]
    pub fn value(&self, volume: &Volume) -> MeasureValue {
        match &self.shape {
            MeasureShape::Ruler(points) => MeasureValue::Length(length_mm(points)),
            MeasureShape::Angle(points) => MeasureValue::Angle(angle_deg(points)),
            MeasureShape::Region(region) => MeasureValue::Region(RegionMeasure::of(region, volume)),
        }
    }

    /// The middle of what it goes over; none of an outline without points.
    #[must_use]
    pub fn middle(&self) -> Option<Point3<f64>> {
        let mean = |points: &[Point3<f64>]| {
            let sum: Vector3<f64> = points.iter().map(|point| point.coords).sum();
            Point3::from(sum / points.len() as f64)
        };
        match &self.shape {
            MeasureShape::Ruler(points) => Some(mean(points)),
            MeasureShape::Angle(points) => Some(points[1]),
            MeasureShape::Region(region) => region.middle(),
        }
    }

    /// The plane of the world that it lies in, and where that lies along its normal, mm; none where it is
    /// oblique. What lies in several goes by the first of axial, coronal, sagittal.
    #[must_use]
    pub fn plane(&self) -> Option<(Plane, f64)> {
        let common = |points: &[Point3<f64>]| {
            let mut planes = Plane::ALL.into_iter();
            planes.find_map(|plane| {
                let axis = plane.normal_axis();
                let at_mm = points[0][axis];
                let is_on = |point: &Point3<f64>| (point[axis] - at_mm).abs() < 1e-6;
                points.iter().all(is_on).then_some((plane, at_mm))
            })
        };
        match &self.shape {
            MeasureShape::Ruler(points) => common(points),
            MeasureShape::Angle(points) => common(points),
            MeasureShape::Region(region) => Some((region.plane, region.at_mm)),
        }
    }
}

impl MeasureShape {
    /// What its kind is called in files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ruler(_) => "ruler",
            Self::Angle(_) => "angle",
            Self::Region(_) => "region",
        }
    }
}

impl RegionMeasure {
    /// A region on a scan, where that lies.
    #[must_use]
    pub fn of(region: &Arc<PlaneRegion>, volume: &Volume) -> Self {
        let grid = volume.grid();
        Self {
            area_mm2: region.outline.area_mm2(),
            within: CurveRegion::Outline(region.as_ref().clone()).statistics(volume),
            is_outside: region.is_outside(grid),
            is_cut: region.is_cut(grid),
        }
    }

    /// Why some of its numbers are not there, in words.
    #[must_use]
    pub fn why_none(&self) -> Option<String> {
        if self.is_outside {
            return Some("it lies outside of the scan".to_owned());
        }
        if self.within.values.is_none() {
            return Some(why_no_values(&self.within));
        }
        let no_area = "its outline crosses itself more than a thousand times, and has no area here";
        self.area_mm2.is_none().then(|| no_area.to_owned())
    }

    /// What is to be known before its numbers are believed; nothing where there is nothing.
    #[must_use]
    pub fn remark(&self) -> String {
        match self.why_none() {
            Some(why) => why,
            None if self.is_cut => "a part of it lies outside of the scan".to_owned(),
            None => String::new(),
        }
    }
}
