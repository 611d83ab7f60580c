//! ITK's text: LPS, from fixed to moving.

use super::matrix::{Fault, fault, inverse, numbers, tidy};
use crate::volume::Affine;
use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

/// From LPS to RAS and back: the first two axes change their direction.
fn exchanged(affine: &Affine) -> Affine {
    let flip = Affine::from_diagonal(&nalgebra::Vector4::new(-1.0, -1.0, 1.0, 1.0));
    flip * affine * flip
}

pub(super) fn parse(text: &str) -> Result<Affine, Fault> {
    let field = |key: &str| -> Vec<&str> {
        text.lines()
            .filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(':'))
            .map(str::trim)
            .collect()
    };
    let (kinds, parameters, fixed) = (
        field("Transform"),
        field("Parameters"),
        field("FixedParameters"),
    );
    let &[kind] = kinds.as_slice() else {
        return Err(fault(
            "Transform",
            format!("there {} times", kinds.len()),
            "one linear transform is opened, not none and not a chain",
        ));
    };
    let parameters = parameters.first().copied().unwrap_or_default();
    let fixed = fixed.first().copied().unwrap_or_default();
    let (linear, shift) = linear_part(kind, parameters)?;
    let center = center(kind, fixed)?;
    let mut lps = Affine::identity();
    lps.fixed_view_mut::<3, 3>(0, 0).copy_from(&linear);
    lps.fixed_view_mut::<3, 1>(0, 3)
        .copy_from(&(shift + center - linear * center));
    inverse(exchanged(&lps))
}

/// The matrix and the translation of the kinds that are linear.
fn linear_part(kind: &str, parameters: &str) -> Result<(Matrix3<f64>, Vector3<f64>), Fault> {
    let name = kind.split('_').next().unwrap_or_default();
    if !kind.ends_with("_3_3") {
        return Err(fault(
            "Transform",
            kind,
            "must be of three dimensions (_3_3)",
        ));
    }
    let get = |n: usize| numbers("Parameters", parameters, n);
    let three = |p: &[f64]| Vector3::new(p[0], p[1], p[2]);
    match name {
        "MatrixOffsetTransformBase" | "AffineTransform" => {
            let p = get(12)?;
            Ok((Matrix3::from_row_slice(&p[..9]), three(&p[9..])))
        }
        "Euler3DTransform" => {
            let p = get(6)?;
            // The usual order of this class; the other is told by its fixed parameters.
            let [x, y, z] = [p[0], p[1], p[2]];
            let turn = about(2, z) * about(0, x) * about(1, y);
            Ok((turn, three(&p[3..])))
        }
        "VersorRigid3DTransform" | "VersorTransform" => {
            let p = get(if name == "VersorTransform" { 3 } else { 6 })?;
            let vector = three(&p);
            let real = (1.0 - vector.norm_squared()).max(0.0).sqrt();
            let turn =
                UnitQuaternion::from_quaternion(nalgebra::Quaternion::from_parts(real, vector));
            let shift = p.get(3..6).map_or_else(Vector3::zeros, three);
            Ok((turn.to_rotation_matrix().into_inner(), shift))
        }
        "TranslationTransform" => Ok((Matrix3::identity(), three(&get(3)?))),
        "IdentityTransform" => Ok((Matrix3::identity(), Vector3::zeros())),
        _ => Err(fault(
            "Transform",
            kind,
            "must be a matrix with offset, affine, Euler3D, VersorRigid3D, Versor, Translation or \
             Identity",
        )),
    }
}

fn center(kind: &str, fixed: &str) -> Result<Vector3<f64>, Fault> {
    if fixed.is_empty() {
        return Ok(Vector3::zeros());
    }
    // Euler3D has a fourth: whether angles are in the order Z, Y, X.
    let n = fixed.split_whitespace().count();
    let numbers = numbers("FixedParameters", fixed, n.clamp(3, 4))?;
    if numbers.get(3).is_some_and(|flag| *flag != 0.0) {
        return Err(fault(
            "FixedParameters",
            fixed,
            "angles in the order Z, Y, X are not opened",
        ));
    }
    let known = n == 3 || kind.starts_with("Euler3DTransform");
    match known {
        true => Ok(Vector3::new(numbers[0], numbers[1], numbers[2])),
        false => Err(fault("FixedParameters", fixed, "must be 3 numbers")),
    }
}

fn about(axis: usize, angle: f64) -> Matrix3<f64> {
    let mut direction = Vector3::zeros();
    direction[axis] = angle;
    Rotation3::from_scaled_axis(direction).into_inner()
}

pub(super) fn text(moving_from_fixed: &Affine) -> String {
    let lps = exchanged(moving_from_fixed);
    let linear = (0..9).map(|at| lps[(at / 3, at % 3)]);
    let parameters: Vec<String> = linear
        .chain((0..3).map(|row| lps[(row, 3)]))
        .map(tidy)
        .collect();
    format!(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n\
         Parameters: {}\nFixedParameters: 0 0 0\n",
        parameters.join(" ")
    )
}
