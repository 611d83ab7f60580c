"""How near to the true pose SimpleITK, ANTs and Cisterna register the same simulated patients, and in what
time, files read included.

Arguments as of `cargo bench --bench registration`: data sets of `cisterna simulate --misalign`, then
`--moved MM`. `--pairs N` takes the first N pairs of each; `--program FILE` is cisterna, where it is to be
measured too. Needs SimpleITK, antspyx, nibabel, numpy.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ants
import nibabel
import numpy as np
import SimpleITK as sitk

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
BRAIN = ("cortex", "white", "caudate", "putamen", "thalamus", "brainstem")


def euler(degrees):
    x, y, z = np.radians(degrees)
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return rz @ ry @ rx


def around(rotation, translation, center):
    affine = np.eye(4)
    affine[:3, :3] = rotation
    affine[:3, 3] = np.asarray(translation) + center - rotation @ center
    return affine


def scan_from_head(path, image):
    motion = json.loads(Path(str(path).replace(".nii.gz", ".json")).read_text()).get("SimulatedMotion", {})
    middle = (image.affine @ np.append((np.array(image.shape) - 1) / 2, 1))[:3]
    zero = [0.0, 0.0, 0.0]
    return around(euler(motion.get("rotation_deg", zero)), motion.get("translation_mm", zero), middle)


def away(size, number):
    """The motion of the bench in Rust: another direction for each number."""
    turn = np.array([np.cos(number), np.sin(2 * number), 0.7])
    turn *= np.radians(size) / np.linalg.norm(turn)
    shift = np.array([-0.5, 0.6, np.sin(3 * number)])
    shift *= size / np.linalg.norm(shift)
    angle = np.linalg.norm(turn)
    affine = np.eye(4)
    if angle > 0:
        x, y, z = turn / angle
        k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        affine[:3, :3] = np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
    affine[:3, 3] = shift
    return affine


def brain(root, subject):
    labels = nibabel.load(root / f"derivatives/phantom/{subject}/anat/{subject}_desc-regions_dseg.nii.gz")
    rows = (root / "derivatives/phantom/regions_dseg.tsv").read_text().splitlines()[1:]
    numbers = [int(r.split("\t")[0]) for r in rows if any(part in r.lower() for part in BRAIN)]
    every = np.zeros(labels.shape, bool)
    every[::4, ::4, ::4] = True
    at = np.argwhere(np.isin(np.asarray(labels.dataobj), numbers) & every)
    return np.c_[at, np.ones(len(at))] @ labels.affine.T


def distance(a, b, points):
    return float(np.linalg.norm((points @ a.T - points @ b.T)[:, :3], axis=1).mean())


def clock():
    me, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), sum(u.ru_utime + u.ru_stime for u in (me, children))


def by_simpleitk(fixed, moving):
    fixed, moving = (sitk.ReadImage(str(p), sitk.sitkFloat32) for p in (fixed, moving))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(50)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.10, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-5, 200, 0.5)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    start = sitk.CenteredTransformInitializer(
        fixed, moving, sitk.Euler3DTransform(), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(fixed, moving)
    matrix, center = np.array(start.GetMatrix()).reshape(3, 3), np.array(start.GetCenter())
    return FLIP @ around(matrix, start.GetTranslation(), center) @ FLIP


def by_ants(fixed, moving):
    found = ants.registration(ants.image_read(str(fixed)), ants.image_read(str(moving)), type_of_transform="Rigid")
    transform = ants.read_transform(found["fwdtransforms"][0])
    matrix = np.array(transform.parameters[:9]).reshape(3, 3)
    return FLIP @ around(matrix, transform.parameters[9:], np.array(transform.fixed_parameters)) @ FLIP


def by_program(program):
    def run(fixed, moving):
        with tempfile.TemporaryDirectory() as folder:
            words = [program, "register", "--fixed", fixed, "--moving", moving, "-o", folder, "--json"]
            said = subprocess.run(words, check=True, capture_output=True).stdout
        fixed_from_moving = np.array(json.loads(said)["moving"][0]["fixed_from_moving"])
        return np.linalg.inv(fixed_from_moving)

    return run


def main():
    words = [w for w in sys.argv[1:] if w != "--bench"]
    word = lambda name: words[words.index(name) + 1] if name in words else None
    moved, pairs = float(word("--moved") or 0), word("--pairs")
    methods = {"SimpleITK": by_simpleitk, "ANTs": by_ants}
    if word("--program"):
        methods["Cisterna"] = by_program(word("--program"))
    print("scan                        away mm " + "".join(f"{m:>10} mm      s  cpu s" for m in methods))
    place = Path("/tmp") / "registration_moved.nii"
    for root in map(Path, [w for w in words if Path(w).is_dir()]):
        scans = [
            (subject.name, at, sorted(subject.glob("ses-*/anat/*_T1w.nii.gz")))
            for subject in sorted(root.glob("sub-*"))
            for at in range(1, len(list(subject.glob("ses-*/anat/*_T1w.nii.gz"))))
        ]
        for subject, at, paths in scans[: int(pairs) if pairs else None]:
            first, later = nibabel.load(paths[0]), nibabel.load(paths[at])
            pose = away(moved, at)
            truth = pose @ scan_from_head(paths[at], later) @ np.linalg.inv(scan_from_head(paths[0], first))
            nibabel.save(nibabel.Nifti1Image(np.asarray(later.dataobj), pose @ later.affine), place)
            points = brain(root, subject) @ scan_from_head(paths[0], first).T
            row = f"{paths[at].name[:-len('_T1w.nii.gz')]:<27} {distance(np.eye(4), truth, points):>7.2f} "
            for method in methods.values():
                wall, cpu = clock()
                found = method(paths[0], place)
                wall, cpu = clock()[0] - wall, clock()[1] - cpu
                row += f"{distance(found, truth, points):>13.4f} {wall:>6.1f} {cpu:>6.1f}"
            print(row, flush=True)
    place.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
