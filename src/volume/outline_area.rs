//! The area of a line that ends where it began and may cross itself, by the rule that says what is inside
//! of it: even-odd. The formula of the corners (shoelace) counts the loops of an eight against each other.

/// Crossings that are followed; a line that crosses itself more often has no area here.
const MOST_CROSSINGS: usize = 1000;

/// A side that is not level, from its lower end to its upper one.
struct Side {
    low: [f64; 2],
    high: [f64; 2],
}

impl Side {
    fn of((from, to): ([f64; 2], [f64; 2])) -> Option<Self> {
        match from[1].partial_cmp(&to[1])? {
            std::cmp::Ordering::Less => Some(Self {
                low: from,
                high: to,
            }),
            std::cmp::Ordering::Greater => Some(Self {
                low: to,
                high: from,
            }),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Where it is at a level between its ends; at these exactly there, so that sides that meet do meet.
    fn across(&self, level: f64) -> f64 {
        if level <= self.low[1] {
            return self.low[0];
        }
        if level >= self.high[1] {
            return self.high[0];
        }
        let share = (level - self.low[1]) / (self.high[1] - self.low[1]);
        self.low[0] + share * (self.high[0] - self.low[0])
    }
}

/// The area in squares of the points' unit; none where the line crosses itself too often to be followed.
pub(super) fn even_odd_area(points: &[[f64; 2]]) -> Option<f64> {
    let ends = points.iter().skip(1).chain(points.first());
    let sides: Vec<Side> = points
        .iter()
        .zip(ends)
        .filter_map(|(from, to)| Side::of((*from, *to)))
        .collect();
    let mut levels: Vec<f64> = points.iter().map(|point| point[1]).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let (mut area, mut n_left) = (0.0, MOST_CROSSINGS);
    // Between two levels nothing begins or ends, and where nothing crosses the width is a straight line.
    for band in levels.windows(2) {
        let (low, high) = (band[0], band[1]);
        let within = sides.iter();
        let within = within.filter(|side| side.low[1] <= low && side.high[1] >= high);
        let mut within: Vec<[f64; 2]> = within
            .map(|side| [side.across(low), side.across(high)])
            .collect();
        within.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        let mut shares = crossings(&within, n_left)?;
        n_left -= shares.len();
        shares.push(1.0);
        shares.sort_by(f64::total_cmp);
        let mut from = 0.0;
        for to in shares {
            area += (high - low) * (to - from) * width(&within, f64::midpoint(from, to));
            from = to;
        }
    }
    Some(area)
}

/// What lies inside at a share of a band's height: from the first side to the second, and so on.
fn width(within: &[[f64; 2]], share: f64) -> f64 {
    let across = within.iter().map(|[low, high]| low + share * (high - low));
    let mut across: Vec<f64> = across.collect();
    across.sort_by(f64::total_cmp);
    across.chunks_exact(2).map(|pair| pair[1] - pair[0]).sum()
}

/// At which shares of a band's height sides cross that are in the order of their lower ends; none where
/// there are more than `most`.
fn crossings(within: &[[f64; 2]], most: usize) -> Option<Vec<f64>> {
    let mut order = within.to_vec();
    let mut shares = Vec::new();
    // Sorting them by their upper ends exchanges each two that cross, once.
    for at in 1..order.len() {
        let mut place = at;
        while place > 0 && order[place - 1][1] > order[place][1] {
            if shares.len() == most {
                return None;
            }
            let [left, right] = [order[place - 1], order[place]];
            let (below, above) = (right[0] - left[0], left[1] - right[1]);
            shares.push(below / (below + above));
            order.swap(place - 1, place);
            place -= 1;
        }
    }
    Some(shares)
}
