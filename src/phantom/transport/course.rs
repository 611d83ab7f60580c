//! The march through time.

use super::domain::{Coefficients, Link, Mesh, NONE, Zone};
use super::flow::ML_PER_DAY;
use super::matrix::{Matrix, PIECE, Pair, sum_over, update};
use super::solve::Solver;
use super::{Domain, Flow, Parameters};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// mmol in a mm3 at 1 mmol/l.
const MMOL: f64 = 1e-6;

const SECONDS_PER_HOUR: f64 = 3600.0;

/// Tracer in every cell at one time. Arrays are as in [`Domain`], 0 where a cell holds none of
/// the compartment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// After the injection, h.
    pub hours: f64,
    /// Concentration in CSF, mmol per litre of CSF.
    pub csf: Vec<f32>,
    /// Content of tissue, mmol per litre of tissue: porosity times concentration in its fluid.
    pub tissue: Vec<f32>,
}

/// Totals and means at one time. Means of a zone that the domain lacks are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BalanceRow {
    /// After the injection, h.
    pub hours: f64,
    /// Came in so far, mmol, with what was there at the start.
    pub entered_mmol: f64,
    /// In CSF and cysts now, the spinal part included, mmol.
    pub csf_mmol: f64,
    /// In tissue now, mmol.
    pub tissue_mmol: f64,
    /// Left so far, with the outflow, by clearance of CSF or of tissue, mmol.
    pub cleared_mmol: f64,
    /// In CSF, cysts and tissue above the foramen magnum, mmol.
    pub intracranial_mmol: f64,
    /// In CSF and cysts above the foramen magnum, mmol.
    pub intracranial_csf_mmol: f64,
    /// Mean over CSF and cysts above the foramen magnum, mmol/l.
    pub csf_mmol_per_l: f64,
    /// Mean over all ventricles, mmol/l.
    pub ventricles_mmol_per_l: f64,
    /// Mean over the lateral ventricles, mmol/l.
    pub lateral_mmol_per_l: f64,
    /// Mean over the third ventricle, mmol/l.
    pub third_mmol_per_l: f64,
    /// Mean over the subarachnoid space of the hemispheres (`Sas` and `Outlet`), mmol/l.
    pub sas_mmol_per_l: f64,
    /// Mean over the cisterns, mmol/l.
    pub cisterns_mmol_per_l: f64,
    /// Mean over tissue, mmol per litre of tissue.
    pub tissue_mmol_per_l: f64,
}

/// What became of the tracer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// One for each hour asked for, in that order.
    pub snapshots: Vec<Snapshot>,
    /// One row for the start and each step; every hour asked for ends a step.
    pub balance: Vec<BalanceRow>,
}

impl Course {
    /// Totals and means at a time, linear between steps; before the first and after the last,
    /// those.
    ///
    /// # Panics
    ///
    /// Where there is no row.
    #[must_use]
    pub fn balance_at(&self, hours: f64) -> BalanceRow {
        let rows = &self.balance;
        let after = rows.partition_point(|row| row.hours < hours);
        let later = rows[after.min(rows.len() - 1)];
        let earlier = rows[after.saturating_sub(1)];
        let span = later.hours - earlier.hours;
        if span <= 0.0 {
            return later;
        }
        let share = ((hours - earlier.hours) / span).clamp(0.0, 1.0);
        earlier.towards(&later, share)
    }
}

impl BalanceRow {
    fn towards(&self, later: &Self, share: f64) -> Self {
        let mix = |of: fn(&Self) -> f64| of(self) + share * (of(later) - of(self));
        Self {
            hours: mix(|r| r.hours),
            entered_mmol: mix(|r| r.entered_mmol),
            csf_mmol: mix(|r| r.csf_mmol),
            tissue_mmol: mix(|r| r.tissue_mmol),
            cleared_mmol: mix(|r| r.cleared_mmol),
            intracranial_mmol: mix(|r| r.intracranial_mmol),
            intracranial_csf_mmol: mix(|r| r.intracranial_csf_mmol),
            csf_mmol_per_l: mix(|r| r.csf_mmol_per_l),
            ventricles_mmol_per_l: mix(|r| r.ventricles_mmol_per_l),
            lateral_mmol_per_l: mix(|r| r.lateral_mmol_per_l),
            third_mmol_per_l: mix(|r| r.third_mmol_per_l),
            sas_mmol_per_l: mix(|r| r.sas_mmol_per_l),
            cisterns_mmol_per_l: mix(|r| r.cisterns_mmol_per_l),
            tissue_mmol_per_l: mix(|r| r.tissue_mmol_per_l),
        }
    }
}

/// Follows the tracer from the injection, with nothing in the head, to the last of `hours`.
///
/// `progress` takes the share of the work done after each step, and may end it: then there is
/// no course. Hours must not fall; those before or at 0 give the head at the start.
///
/// # Panics
///
/// Where arrays do not fit the domain, or hours fall.
#[must_use]
pub fn simulate(
    domain: &Domain,
    flow: &Flow,
    parameters: &Parameters,
    hours: &[f64],
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Option<Course> {
    let n = domain.csf.len();
    let start = Snapshot {
        hours: 0.0,
        csf: vec![0.0; n],
        tissue: vec![0.0; n],
    };
    simulate_from(&start, domain, flow, parameters, hours, progress)
}

/// The same from any start: what `start` holds is there at its time, besides what the influx
/// brings later.
///
/// # Panics
///
/// As [`simulate`].
#[must_use]
pub fn simulate_from(
    start: &Snapshot,
    domain: &Domain,
    flow: &Flow,
    parameters: &Parameters,
    hours: &[f64],
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Option<Course> {
    assert!(hours.is_sorted(), "hours must not fall: {hours:?}");
    let mut march = March::new(start, domain, flow, parameters);
    let mut course = Course {
        snapshots: Vec::with_capacity(hours.len()),
        balance: vec![march.row()],
    };
    let last_s = hours.last().map_or(0.0, |last| last * SECONDS_PER_HOUR);
    for &hour in hours {
        let goal_s = hour * SECONDS_PER_HOUR;
        while march.now.time_s < goal_s {
            let step_s = next_step(parameters, march.now.time_s, march.step_s, goal_s);
            march.step(goal_s, step_s);
            course.balance.push(march.row());
            if progress((march.now.time_s / last_s) as f32).is_break() {
                return None;
            }
        }
        course.snapshots.push(march.snapshot(hour));
    }
    Some(course)
}

/// The step to take now: as planned, never more than half as long again as the last, and such
/// that whole steps of nearly this length lead to the goal.
fn next_step(parameters: &Parameters, time_s: f64, last_s: f64, goal_s: f64) -> f64 {
    let steps = &parameters.steps;
    let planned = (steps.growth * (time_s - parameters.influx.delay_s).abs())
        .max(steps.first_s)
        .min(steps.longest_s);
    let wanted = if last_s > 0.0 {
        planned.min(1.5 * last_s)
    } else {
        steps.first_s
    };
    let left = goal_s - time_s;
    left / (left / wanted - 1e-9).ceil().max(1.0)
}

/// A state of the head, and what led there.
struct State {
    time_s: f64,
    /// mmol/l of each unknown.
    values: Vec<f64>,
    /// Tracer that came in, mmol/l mm3.
    entered: f64,
    /// Tracer that left, mmol/l mm3.
    cleared: f64,
}

struct March<'a> {
    mesh: Mesh<'a>,
    parameters: &'a Parameters,
    volume: Vec<f64>,
    /// What leaves each unknown for each mmol/l in it, mm3/s.
    sink: Vec<f64>,
    /// Share of the influx that comes into each unknown.
    inlet: Vec<f64>,
    /// What passes between unknowns, without the volumes over the step.
    matrix: Matrix,
    /// The diagonal of `matrix` without the volumes over the step.
    loss: Vec<f64>,
    solver: Solver,
    right: Vec<f64>,
    now: State,
    before: State,
    earlier: State,
    /// Length of the last step; 0 at the start.
    step_s: f64,
}

impl<'a> March<'a> {
    fn new(start: &Snapshot, domain: &'a Domain, flow: &Flow, parameters: &'a Parameters) -> Self {
        let mesh = Mesh::new(domain);
        let n = mesh.unknowns.len();
        let volume: Vec<f64> = (0..n).map(|u| mesh.volume_mm3(u)).collect();
        let sink = sinks(&mesh, flow, parameters, &volume);
        let inlet = shares(&mesh, &[Zone::Inlet, Zone::SpinalSas], &volume);
        let (matrix, mut loss) = exchange(&mesh, flow, parameters);
        update(&mut loss, |u, loss| loss + sink[u]);
        let value = |u: usize| {
            let (cell, is_tissue) = mesh.unknowns[u];
            let of = if is_tissue { &start.tissue } else { &start.csf };
            f64::from(of[cell as usize])
        };
        let values: Vec<f64> = (0..n).map(value).collect();
        let entered = sum_over(n, |u| volume[u] * values[u]);
        let state = |values| State {
            time_s: start.hours * SECONDS_PER_HOUR,
            values,
            entered,
            cleared: 0.0,
        };
        Self {
            parameters,
            matrix,
            loss,
            solver: Solver::new(n),
            right: vec![0.0; n],
            earlier: state(values.clone()),
            before: state(values.clone()),
            now: state(values),
            step_s: 0.0,
            volume,
            sink,
            inlet,
            mesh,
        }
    }

    /// Goes on by about `step_s`, exactly to `goal_s` where that is within rounding.
    ///
    /// BDF2: `(a0 x + a1 x_now + a2 x_before) / step = f(x)`, with backward Euler first. Influx
    /// and clearance are added up by the same formula, which is linear: so mass balances.
    fn step(&mut self, goal_s: f64, step_s: f64) {
        let mut time_s = self.now.time_s + step_s;
        if (goal_s - time_s).abs() < 1e-6 * step_s {
            time_s = goal_s;
        }
        let [a0, a1, a2] = if self.step_s > 0.0 {
            let w = step_s / self.step_s;
            [(1.0 + 2.0 * w) / (1.0 + w), -(1.0 + w), w * w / (1.0 + w)]
        } else {
            [1.0, -1.0, 0.0]
        };
        let came = |time_s: f64| self.parameters.influx.entered_mmol(time_s) / MMOL;
        let inflow = (came(time_s) - came(self.now.time_s)) * a0
            + (came(self.before.time_s) - came(self.now.time_s)) * a2;

        let (now, before) = (&self.now.values, &self.before.values);
        let (volume, inlet) = (&self.volume, &self.inlet);
        update(&mut self.right, |u, _| {
            (inlet[u] * inflow - volume[u] * (a1 * now[u] + a2 * before[u])) / step_s
        });
        let loss = &self.loss;
        update(&mut self.matrix.diagonal, |u, _| {
            volume[u] * a0 / step_s + loss[u]
        });
        let guess = self.extrapolation(time_s);
        let mut values = std::mem::take(&mut self.earlier.values);
        update(&mut values, |u, earlier| {
            guess[0] * now[u] + guess[1] * before[u] + guess[2] * earlier
        });
        let tolerance = self.parameters.steps.tolerance;
        self.solver
            .solve(&self.matrix, &self.right, &mut values, tolerance);
        self.close_balance(&mut values, a0 / step_s);

        let sink = &self.sink;
        let lost = step_s * sum_over(values.len(), |u| sink[u] * values[u]);
        let next = |flux: f64, of: fn(&State) -> f64| {
            (flux - a1 * of(&self.now) - a2 * of(&self.before)) / a0
        };
        let has_inlet = self.inlet.iter().any(|&share| share > 0.0);
        let inflow = if has_inlet { inflow } else { 0.0 };
        let state = State {
            time_s,
            entered: next(inflow, |state| state.entered),
            cleared: next(lost, |state| state.cleared),
            values,
        };
        let before = std::mem::replace(&mut self.now, state);
        self.earlier = std::mem::replace(&mut self.before, before);
        self.step_s = step_s;
    }

    /// Weights of the last three states in a guess at a later time: the parabola through them, or
    /// what of it so few steps allow.
    fn extrapolation(&self, time_s: f64) -> [f64; 3] {
        let times = [&self.now, &self.before, &self.earlier].map(|state| state.time_s);
        let to_now = time_s - times[0];
        let per_s = |from: f64, to: f64| if to > from { (to - from).recip() } else { 0.0 };
        let last = per_s(times[1], times[0]);
        let second = per_s(times[2], times[1]);
        let mut weights = [1.0 + to_now * last, -to_now * last, 0.0];
        if second > 0.0 {
            let bend = to_now * (time_s - times[1]) * per_s(times[2], times[0]);
            weights[0] += bend * last;
            weights[1] -= bend * (last + second);
            weights[2] += bend * second;
        }
        weights
    }

    /// Scales a solution by what the solver left over, so that its sum over columns
    /// is that of the right side. Exchange adds up to nothing, so only volumes and sinks count.
    fn close_balance(&self, values: &mut [f64], a0_per_s: f64) {
        let wanted = sum_over(values.len(), |u| self.right[u]);
        let found = sum_over(values.len(), |u| {
            (self.volume[u] * a0_per_s + self.sink[u]) * values[u]
        });
        let factor = wanted / found;
        if (factor - 1.0).abs() < 1e-3 {
            update(values, |_, x| x * factor);
        }
    }

    fn snapshot(&self, hours: f64) -> Snapshot {
        let spread = |of: &[u32]| {
            let value = |&u: &u32| match u {
                NONE => 0.0,
                _ => self.now.values[u as usize].max(0.0) as f32,
            };
            of.par_iter().map(value).collect()
        };
        Snapshot {
            hours,
            csf: spread(&self.mesh.of_csf),
            tissue: spread(&self.mesh.of_tissue),
        }
    }

    fn row(&self) -> BalanceRow {
        let (amounts, volumes) = self.by_zone();
        let total = |of: &dyn Fn(Zone) -> bool, from: &[f64]| -> f64 {
            let zones = Zone::ALL.iter().zip(from);
            zones.filter(|(z, _)| of(**z)).map(|(_, x)| x).sum()
        };
        let amount = |of: &dyn Fn(Zone) -> bool| MMOL * total(of, &amounts);
        let mean = |of: &dyn Fn(Zone) -> bool| match total(of, &volumes) {
            0.0 => 0.0,
            volume => total(of, &amounts) / volume,
        };
        let head_fluid = |z: Zone| z.is_fluid() && z.is_intracranial();
        BalanceRow {
            hours: self.now.time_s / SECONDS_PER_HOUR,
            entered_mmol: MMOL * self.now.entered,
            csf_mmol: amount(&Zone::is_fluid),
            tissue_mmol: amount(&Zone::is_tissue),
            cleared_mmol: MMOL * self.now.cleared,
            intracranial_mmol: amount(&Zone::is_intracranial),
            intracranial_csf_mmol: amount(&head_fluid),
            csf_mmol_per_l: mean(&head_fluid),
            ventricles_mmol_per_l: mean(&Zone::is_ventricle),
            lateral_mmol_per_l: mean(&|z| z == Zone::LateralVentricle),
            third_mmol_per_l: mean(&|z| z == Zone::ThirdVentricle),
            sas_mmol_per_l: mean(&|z| matches!(z, Zone::Sas | Zone::Outlet)),
            cisterns_mmol_per_l: mean(&|z| z == Zone::Cistern),
            tissue_mmol_per_l: mean(&Zone::is_tissue),
        }
    }

    /// Amounts (mmol/l mm3) and volumes (mm3) by zone.
    fn by_zone(&self) -> ([f64; 14], [f64; 14]) {
        let n = self.volume.len();
        let piece = |piece: usize| {
            let mut sums = ([0.0; 14], [0.0; 14]);
            let from = piece * PIECE;
            for u in from..n.min(from + PIECE) {
                let zone = self.mesh.zone(u) as usize;
                sums.0[zone] += self.volume[u] * self.now.values[u];
                sums.1[zone] += self.volume[u];
            }
            sums
        };
        let pieces: Vec<_> = (0..n.div_ceil(PIECE)).into_par_iter().map(piece).collect();
        let mut sums = ([0.0; 14], [0.0; 14]);
        for piece in pieces {
            for zone in 0..14 {
                sums.0[zone] += piece.0[zone];
                sums.1[zone] += piece.1[zone];
            }
        }
        sums
    }
}

/// Each unknown's share of the volume of some zones; 0 outside.
fn shares(mesh: &Mesh<'_>, zones: &[Zone], volume: &[f64]) -> Vec<f64> {
    let held = |u: usize| match zones.contains(&mesh.zone(u)) {
        true => volume[u],
        false => 0.0,
    };
    let all: Vec<f64> = (0..volume.len()).map(held).collect();
    let total = sum_over(all.len(), |u| all[u]);
    match total {
        0.0 => all,
        _ => all.iter().map(|x| x / total).collect(),
    }
}

/// What leaves each unknown: with CSF that leaves there, by clearance of the outlet, of the
/// subarachnoid space and of tissue.
fn sinks(mesh: &Mesh<'_>, flow: &Flow, parameters: &Parameters, volume: &[f64]) -> Vec<f64> {
    let mut sink = shares(mesh, &[Zone::Outlet], volume);
    let around = shares(mesh, &[Zone::Sas, Zone::Cistern, Zone::Outlet], volume);
    let at_outlet = parameters.outlet_clearance_ml_per_day * ML_PER_DAY;
    let everywhere = parameters.sas_clearance_ml_per_day * ML_PER_DAY;
    for (u, sink) in sink.iter_mut().enumerate() {
        *sink = at_outlet * *sink + everywhere * around[u];
        let (cell, is_tissue) = mesh.unknowns[u];
        *sink += match is_tissue {
            true => parameters.tissue_clearance_per_s * volume[u],
            false => f64::from(-flow.source[cell as usize]).max(0.0),
        };
    }
    sink
}

/// What passes between unknowns: the matrix beside its diagonal, and what the diagonal owes it.
fn exchange(mesh: &Mesh<'_>, flow: &Flow, parameters: &Parameters) -> (Matrix, Vec<f64>) {
    let coefficients = Coefficients::new(parameters);
    let rounded = |link: Link| Pair {
        i: link.a,
        j: link.b,
        a_ij: -link.back as f32,
        a_ji: -link.forward as f32,
    };
    let visit_pairs = |visit: &mut dyn FnMut(Pair)| {
        let n = mesh.fluid_zone.len();
        for link in (0..n).filter_map(|i| coefficients.cell_link(mesh, i)) {
            visit(rounded(link));
        }
        mesh.for_each_face(|i, j, axis| {
            let through = f64::from(flow.faces[axis][i]);
            coefficients.face_links(mesh, [i, j], through, |link| visit(rounded(link)));
        });
    };
    let n = mesh.unknowns.len();
    let matrix = Matrix::new(n, visit_pairs);
    let mut loss = vec![0.0; n];
    visit_pairs(&mut |pair| {
        loss[pair.j as usize] -= f64::from(pair.a_ij);
        loss[pair.i as usize] -= f64::from(pair.a_ji);
    });
    (matrix, loss)
}
