//! Files of transforms against what the programs that use them say. ITK's numbers are those of
//! SimpleITK 2.5 (`TransformPoint`), FSL's and FreeSurfer's those of nitransforms 25.1.

use cisterna::registration::{
    Between, TransformError, TransformKind, open_transform, transform_text,
};
use cisterna::volume::{Affine, Grid};
use nalgebra::{Matrix4, Point3};

/// A grid in neurological order (positive determinant).
fn fixed() -> Grid {
    #[rustfmt::skip]
    let affine = Matrix4::new(
        0.980_066_577_841_241_7, -0.248_336_663_493_826_55, 0.0, -12.0,
        0.198_669_330_795_061_24, 1.225_083_222_301_552_2, 0.0, -20.0,
        0.0, 0.0, 2.0, -9.5,
        0.0, 0.0, 0.0, 1.0,
    );
    Grid::new([24, 31, 11], affine).unwrap()
}

/// A grid in radiological order.
fn moving() -> Grid {
    #[rustfmt::skip]
    let affine = Matrix4::new(
        -0.9, 0.0, 0.0, 14.0,
        0.0, 1.087_648_185_729_646_7, 0.179_325_758_968_319_07, -17.5,
        0.0, -0.164_381_945_720_959_16, 1.186_525_293_523_250_9, -11.0,
        0.0, 0.0, 0.0, 1.0,
    );
    Grid::new([33, 30, 21], affine).unwrap()
}

/// From the moving to the fixed world, as nitransforms had it.
fn truth() -> Affine {
    #[rustfmt::skip]
    let affine = Matrix4::new(
        0.972_941_371_856_945_4, 0.203_295_100_932_018_97, -0.109_800_677_894_836_7, -2.165_550_994_401_554_5,
        -0.192_551_233_875_217_78, 0.976_074_999_748_512_2, 0.101_003_055_394_740_65, 2.150_451_298_309_888,
        0.127_707_122_989_505_32, -0.077_127_795_268_515_86, 0.988_808_471_815_832_2, -7.665_772_831_505_233,
        0.0, 0.0, 0.0, 1.0,
    );
    affine
}

fn open(text: &str, kind: Option<TransformKind>) -> Result<Affine, TransformError> {
    open_between(text, kind, [&fixed(), &moving()])
}

fn open_between(
    text: &str,
    kind: Option<TransformKind>,
    [fixed, moving]: [&Grid; 2],
) -> Result<Affine, TransformError> {
    let folder = tempfile::tempdir().unwrap();
    // A name that says nothing.
    let path = folder.path().join("a.mat");
    std::fs::write(&path, text).unwrap();
    open_transform(&path, Between { fixed, moving }, kind)
}

#[track_caller]
fn assert_near(found: &Affine, expected: &Affine, tolerance: f64) {
    let off = (found - expected).amax();
    assert!(off < tolerance, "{off} off: {found} is not {expected}");
}

/// That a file takes points of the fixed world to where SimpleITK took them.
#[track_caller]
fn check_itk(text: &str, pairs: [([f64; 3], [f64; 3]); 2]) {
    let moving_from_fixed = open(text, None).unwrap().try_inverse().unwrap();
    for (from, to) in pairs {
        let found = moving_from_fixed.transform_point(&Point3::from(from));
        let off = (found - Point3::from(to)).norm();
        assert!(off < 1e-9, "{found} is not {to:?}");
    }
}

const HEAD: &str = "#Insight Transform File V1.0\n#Transform 0\nTransform: ";

#[test]
fn itk_files_of_three_kinds_move_points_as_simple_itk_does() {
    check_itk(
        &format!(
            "{HEAD}Euler3DTransform_double_3_3\nParameters: 0.1 -0.2 0.3 4 5 -6\n\
             FixedParameters: 3 -7 11 0\n"
        ),
        [
            (
                [10.0, -20.0, 30.0],
                [
                    16.243_940_065_196_124,
                    -17.254_863_694_681_397,
                    23.653_939_914_795_775,
                ],
            ),
            (
                [-55.5, 4.25, 71.0],
                [
                    -46.001_617_643_887_464,
                    -5.693_778_522_009_323,
                    74.162_794_139_727_14,
                ],
            ),
        ],
    );
    check_itk(
        &format!(
            "{HEAD}VersorRigid3DTransform_double_3_3\nParameters: 0.08670640444138947 \
             0.17341280888277893 -0.043353202220694734 4 5 -6\nFixedParameters: 3 -7 11\n"
        ),
        [
            (
                [10.0, -20.0, 30.0],
                [
                    -4.252_580_168_957_68,
                    -21.691_463_683_098_497,
                    31.271_015_070_309_34,
                ],
            ),
            (
                [-55.5, 4.25, 71.0],
                [
                    -76.405_131_630_769_9,
                    13.283_779_668_441_82,
                    42.675_144_587_772_5,
                ],
            ),
        ],
    );
    check_itk(
        &format!(
            "{HEAD}AffineTransform_double_3_3\nParameters: 1.1 0.02 -0.03 0.04 0.95 0.06 -0.07 \
             0.08 1.02 -1 2.5 0.5\nFixedParameters: 1 2 3\n"
        ),
        [
            ([10.0, -20.0, 30.0], [12.55, -22.78, 33.25]),
            ([-55.5, 4.25, 71.0], [-57.785, -4.8225, 68.545]),
        ],
    );
}

#[test]
fn fsl_files_agree_with_nitransforms_in_both_directions() {
    let text = "0.915293295978  -0.40182682587  0.0278097887199  2.06414108612  \n\
                0.382006640093  0.887889021786  0.256366947786  -2.95584527258  \n\
                -0.12770712299  -0.224027424669  0.966179384863  -5.90502988243  \n\
                0  0  0  1  \n";
    assert_near(&open(text, None).unwrap(), &truth(), 1e-9);
    let swapped = "0.915293295978  0.382006640093  -0.12770712299  -1.51425635432  \n\
                   -0.40182682587  0.887889021786  -0.224027424669  2.13100119125  \n\
                   0.0278097887199  0.256366947786  0.966179384863  6.40569584257  \n\
                   0  0  0  1  \n";
    let found = open_between(swapped, None, [&moving(), &fixed()]).unwrap();
    assert_near(&found, &truth().try_inverse().unwrap(), 1e-9);
}

fn geometries(source: &str, destination: &str) -> String {
    let moving = "valid = 1  # volume info valid\nfilename = None\nvolume = 33 30 21\n\
                  voxelsize = 0.9 1.1 1.2\nxras   = -1 0 0\n\
                  yras   = 0 0.988771056505007 -0.149438129234615\n\
                  zras   = 0 0.1494381265354616 0.9887710386458114\n\
                  cras   = -0.85 0.6976432551120482 -1.007213603820253\n";
    let fixed = "valid = 1  # volume info valid\nfilename = None\nvolume = 24 31 11\n\
                 voxelsize = 1 1.25 2\nxras   = 0.9800665778412417 0.1986693307950612 0\n\
                 yras   = -0.1986693307950612 0.9800665778412417 0\nzras   = 0 0 1\n\
                 cras   = -4.088419350059411 1.372821915214796 1.5\n";
    format!("{source} volume info\n{moving}{destination} volume info\n{fixed}")
}

const WORLDS: &str = "# LTA file created by NiTransforms\ntype      = 1\nnxforms   = 1\n\
    mean      = 0.0000 0.0000 0.0000\nsigma     = 1.0000\n1 4 4\n\
    9.729413718569454e-01 2.032951009320190e-01 -1.098006778948367e-01 -2.165550994401555e+00\n\
    -1.925512338752178e-01 9.760749997485122e-01 1.010030553947407e-01 2.150451298309888e+00\n\
    1.277071229895053e-01 -7.712779526851586e-02 9.888084718158322e-01 -7.665772831505233e+00\n\
    0.000000000000000e+00 0.000000000000000e+00 0.000000000000000e+00 1.000000000000000e+00\n";
const VOXELS: &str = "type      = 0 # LINEAR_VOX_TO_VOX\nnxforms   = 1\n\
    mean      = 0.0000 0.0000 0.0000\nsigma     = 1.0000\n1 4 4\n\
    -8.237639663804219e-01 4.420095084568285e-01 -3.337174646385416e-02 2.093585891387816e+01\n\
    2.750447808668458e-01 7.813423391714671e-01 2.461122698749312e-01 -2.364676218062833e+00\n\
    -5.746820534527741e-02 -1.232150835677918e-01 5.797076309177388e-01 -2.952514941213643e+00\n\
    0 0 0 1\n";

#[test]
fn lta_files_between_worlds_and_between_voxels_agree_with_nitransforms() {
    let geometries = geometries("src", "dst");
    let worlds = open(&format!("{WORLDS}{geometries}"), None).unwrap();
    assert_near(&worlds, &truth(), 1e-12);
    // The geometry that nitransforms writes has the seven digits of f32.
    let voxels = open(&format!("{VOXELS}{geometries}"), None).unwrap();
    assert_near(&voxels, &truth(), 1e-5);
}

#[test]
fn an_lta_that_goes_the_other_way_or_lacks_what_it_needs_is_refused() {
    let geometries = geometries("src", "dst");
    let text = format!("{WORLDS}{geometries}");
    let error = open_between(&text, None, [&moving(), &fixed()]).unwrap_err();
    assert!(error.to_string().contains("the other way"), "{error}");
    let without = geometries.replace("valid = 1", "valid = 0");
    let error = open(&format!("{VOXELS}{without}"), None).unwrap_err();
    assert!(error.to_string().starts_with("dst volume info"), "{error}");
    let error = open(
        &format!("{WORLDS}{geometries}").replace("= 1\nnx", "= 14\nnx"),
        None,
    );
    assert!(error.unwrap_err().to_string().starts_with("type"));
}

#[test]
fn greedys_matrix_is_the_way_of_resampling() {
    let moving_from_fixed = truth().try_inverse().unwrap();
    let rows: Vec<String> = (0..4)
        .map(|r| {
            let cells: Vec<String> = (0..4)
                .map(|c| moving_from_fixed[(r, c)].to_string())
                .collect();
            cells.join(" ")
        })
        .collect();
    let text = rows.join("\n");
    let found = open(&text, Some(TransformKind::Greedy)).unwrap();
    assert_near(&found, &truth(), 1e-12);
    // FSL's matrices look the same once another program wrote them, and mean the opposite.
    let error = open(&text, None).unwrap_err();
    assert!(matches!(error, TransformError::Ambiguous { .. }), "{error}");
}

#[test]
fn what_is_written_comes_back_exactly_and_without_its_name() {
    for kind in [
        TransformKind::Itk,
        TransformKind::Lta,
        TransformKind::Fsl,
        TransformKind::Greedy,
    ] {
        let (fixed, moving) = (fixed(), moving());
        let between = Between {
            fixed: &fixed,
            moving: &moving,
        };
        let text = transform_text(kind, &truth(), between, ["a.nii", "b.nii"]);
        let told = (kind == TransformKind::Greedy).then_some(kind);
        assert_near(&open(&text, told).unwrap(), &truth(), 1e-12);
    }
}

#[test]
fn files_that_are_written_are_those_that_the_programs_expect() {
    let (fixed, moving) = (fixed(), moving());
    let between = Between {
        fixed: &fixed,
        moving: &moving,
    };
    let text = |kind| transform_text(kind, &truth(), between, ["a.nii", "b.nii"]);
    let fsl = text(TransformKind::Fsl);
    let first: Vec<f64> = fsl
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    let expected = [
        0.915_293_295_978,
        -0.401_826_825_87,
        0.027_809_788_719_9,
        2.064_141_086_12,
    ];
    for (found, expected) in first.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{fsl}");
    }
    let lta = text(TransformKind::Lta);
    let moving_comes_first =
        lta.find("filename = b.nii").unwrap() < lta.find("filename = a.nii").unwrap();
    assert!(moving_comes_first, "the source is the moving scan: {lta}");
    let c_ras = lta.lines().find(|l| l.starts_with("cras")).unwrap();
    let c_ras: Vec<f64> = c_ras
        .split_whitespace()
        .skip(2)
        .map(|n| n.parse().unwrap())
        .collect();
    for (found, expected) in
        c_ras
            .iter()
            .zip([-0.85, 0.697_643_255_112_048_2, -1.007_213_603_820_253])
    {
        assert!((found - expected).abs() < 1e-9, "{lta}");
    }
    assert!(text(TransformKind::Itk).starts_with("#Insight Transform File V1.0\n"));
}

#[test]
fn what_is_no_transform_is_refused_with_the_field() {
    #[track_caller]
    fn check(text: &str, word: &str) {
        let error = open(text, None).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(error.ends_with("a.mat"), "{error}");
    }
    check("1 2 3\n", "nor a matrix");
    check("", "nor a matrix");
    check("1 0 0 0\n0 1 0 0\n0 0 1 nan\n0 0 0 1\n", "nor a matrix");
    check(
        "1  0  0  0  \n0  1  0  0  \n0  0  0  0  \n0  0  0  1  \n",
        "no inverse",
    );
    let composite = format!(
        "{HEAD}CompositeTransform_double_3_3\n#Transform 1\nTransform: \
         AffineTransform_double_3_3\nParameters: 1 0 0 0 1 0 0 0 1 0 0 0\nFixedParameters: 0 0 0\n"
    );
    check(&composite, "not none and not a chain");
    check(
        &format!("{HEAD}AffineTransform_double_2_2\nParameters: 1 0 0 1 0 0\n"),
        "_3_3",
    );
    check(
        &format!("{HEAD}AffineTransform_double_3_3\nParameters: 1 0 0\n"),
        "Parameters",
    );
    check(
        &format!("{HEAD}BSplineTransform_double_3_3\nParameters: 1\n"),
        "BSpline",
    );
    check(
        &format!(
            "{HEAD}Euler3DTransform_double_3_3\nParameters: 0 0 0 0 0 0\nFixedParameters: 0 0 0 1\n"
        ),
        "Z, Y, X",
    );
}
