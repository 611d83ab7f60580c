//! JPEG-LS of one component, lossless and near-lossless, after ITU-T T.87 (ISO/IEC 14495-1).

/// Orders of run lengths: the table J of T.87, A.2.
const RUN_ORDERS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];
/// Regular contexts, and two for the sample that ends a run.
const CONTEXTS: usize = 365;

/// What the markers say.
#[derive(Clone, Copy, Default)]
struct JpegFrame {
    precision: u32,
    rows: usize,
    columns: usize,
    components: u8,
    max_value: i32,
    thresholds: [i32; 3],
    reset: i32,
}

/// The samples of a picture that must have this size.
pub(super) fn decode(bytes: &[u8], columns: usize, rows: usize) -> Result<Vec<u16>, String> {
    let mut frame = JpegFrame::default();
    let mut rest = bytes
        .strip_prefix(&[0xFF, 0xD8])
        .ok_or("the picture does not begin with SOI")?;
    loop {
        // Markers may be preceded by fill bytes.
        while rest.starts_with(&[0xFF, 0xFF]) {
            rest = &rest[1..];
        }
        let [0xFF, marker, high, low, ..] = *rest else {
            return Err("the picture ends before its first scan".to_owned());
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest
            .get(4..2 + length)
            .ok_or("a marker segment is cut short")?;
        rest = &rest[2 + length..];
        match marker {
            0xF7 => frame.start(segment)?,
            0xF8 => frame.preset(segment)?,
            0xDA => {
                if (frame.columns, frame.rows) != (columns, rows) {
                    return Err(format!(
                        "the picture is {} x {}, and Columns and Rows say {columns} x {rows}",
                        frame.columns, frame.rows
                    ));
                }
                if frame.components != 1 {
                    return Err("JPEG-LS of colour is not opened".to_owned());
                }
                let [.., near, _, point_transform] = *segment else {
                    return Err("the scan's head is cut short".to_owned());
                };
                if point_transform & 0xF != 0 {
                    return Err("a point transform is not opened".to_owned());
                }
                return JpegScan::new(&frame, i32::from(near))?.decode(rest);
            }
            0xDD => return Err("restart intervals are not opened".to_owned()),
            0xE0..=0xEF | 0xFE => {}
            other => return Err(format!("the marker FF{other:02X} is not JPEG-LS")),
        }
    }
}

impl JpegFrame {
    fn start(&mut self, segment: &[u8]) -> Result<(), String> {
        let [precision, y1, y0, x1, x0, components, ..] = *segment else {
            return Err("the frame's head is cut short".to_owned());
        };
        if !(2..=16).contains(&precision) {
            return Err(format!("{precision} bits a sample are not opened"));
        }
        self.precision = u32::from(precision);
        self.rows = usize::from(u16::from_be_bytes([y1, y0]));
        self.columns = usize::from(u16::from_be_bytes([x1, x0]));
        self.components = components;
        Ok(())
    }

    /// Only coding parameters (kind 1); mapping tables are for palettes.
    fn preset(&mut self, segment: &[u8]) -> Result<(), String> {
        if segment.first() != Some(&1) {
            return Err("a mapping table is not opened".to_owned());
        }
        let (numbers, _) = segment[1..].as_chunks::<2>();
        let [max_value, t1, t2, t3, reset, ..] = *numbers else {
            return Err("the coding parameters are cut short".to_owned());
        };
        let number = |bytes| i32::from(u16::from_be_bytes(bytes));
        self.max_value = number(max_value);
        self.thresholds = [t1, t2, t3].map(number);
        self.reset = number(reset);
        Ok(())
    }
}

/// Adaptive state of one context.
#[derive(Clone, Copy)]
struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

/// A scan and its state.
struct JpegScan {
    rows: usize,
    columns: usize,
    near: i32,
    max_value: i32,
    range: i32,
    thresholds: [i32; 3],
    reset: i32,
    bits_of_range: u32,
    limit: u32,
    contexts: Vec<Context>,
    run_index: usize,
}

impl JpegScan {
    fn new(frame: &JpegFrame, near: i32) -> Result<Self, String> {
        let max_value = match frame.max_value {
            0 => (1 << frame.precision) - 1,
            other => other,
        };
        if max_value >= 1 << frame.precision || near > max_value / 2 {
            return Err("MAXVAL or NEAR is out of range".to_owned());
        }
        let range = (max_value + 2 * near) / (2 * near + 1) + 1;
        let log2_up = |n: i32| 32 - (n - 1).max(0).leading_zeros();
        let bits = log2_up(max_value + 1).max(2);
        let mut thresholds = default_thresholds(max_value, near);
        for (threshold, preset) in thresholds.iter_mut().zip(frame.thresholds) {
            if preset != 0 {
                *threshold = preset;
            }
        }
        let start = Context {
            a: ((range + 32) / 64).max(2),
            b: 0,
            c: 0,
            n: 1,
        };
        Ok(Self {
            rows: frame.rows,
            columns: frame.columns,
            near,
            max_value,
            range,
            thresholds,
            reset: if frame.reset == 0 { 64 } else { frame.reset },
            bits_of_range: log2_up(range),
            limit: 2 * (bits + bits.max(8)),
            contexts: vec![start; CONTEXTS + 2],
            run_index: 0,
        })
    }

    fn decode(mut self, bytes: &[u8]) -> Result<Vec<u16>, String> {
        let mut bits = Bits::new(bytes);
        let width = self.columns;
        let mut samples = Vec::with_capacity(width * self.rows);
        // A margin on either side: the neighbours of the first and the last sample.
        let mut above = vec![0_i32; width + 2];
        let mut line = vec![0_i32; width + 2];
        for _ in 0..self.rows {
            above[width + 1] = above[width];
            line[0] = above[1];
            self.line(&above, &mut line, &mut bits)?;
            samples.extend(line[1..=width].iter().map(|&sample| sample as u16));
            std::mem::swap(&mut above, &mut line);
        }
        Ok(samples)
    }

    fn line(&mut self, above: &[i32], line: &mut [i32], bits: &mut Bits<'_>) -> Result<(), String> {
        let width = self.columns;
        let mut x = 1;
        while x <= width {
            let (a, b, c, d) = (line[x - 1], above[x], above[x - 1], above[x + 1]);
            let gradients = [d - b, b - c, c - a];
            if gradients.iter().all(|g| g.abs() <= self.near) {
                x = self.run(above, line, x, bits)?;
                continue;
            }
            let q = gradients.map(|g| self.quantised(g));
            line[x] = self.regular(81 * q[0] + 9 * q[1] + q[2], (a, b, c), bits)?;
            x += 1;
        }
        Ok(())
    }

    fn quantised(&self, gradient: i32) -> i32 {
        let size = gradient.abs();
        let [t1, t2, t3] = self.thresholds;
        let level = if size <= self.near {
            0
        } else if size < t1 {
            1
        } else if size < t2 {
            2
        } else if size < t3 {
            3
        } else {
            4
        };
        if gradient < 0 { -level } else { level }
    }

    /// A sample in a textured place.
    fn regular(
        &mut self,
        q: i32,
        (a, b, c): (i32, i32, i32),
        bits: &mut Bits<'_>,
    ) -> Result<i32, String> {
        let sign = if q < 0 { -1 } else { 1 };
        let at = q.unsigned_abs() as usize;
        let context = self.contexts[at];
        let median = if c >= a.max(b) {
            a.min(b)
        } else if c <= a.min(b) {
            a.max(b)
        } else {
            a + b - c
        };
        let predicted = (median + sign * context.c).clamp(0, self.max_value);
        let k = order(context.n, context.a);
        let coded = bits.golomb(k, self.limit, self.bits_of_range)?;
        let mut error = if coded & 1 == 0 {
            coded / 2
        } else {
            -((coded + 1) / 2)
        };
        if self.near == 0 && k == 0 && 2 * context.b <= -context.n {
            error = -error - 1;
        }
        self.contexts[at] = context.after(error, 2 * self.near + 1, self.reset);
        Ok(self.sample(predicted, sign * error))
    }

    /// A run of equal samples, and the one that ends it. Tells where the next sample is.
    fn run(
        &mut self,
        above: &[i32],
        line: &mut [i32],
        start: usize,
        bits: &mut Bits<'_>,
    ) -> Result<usize, String> {
        let (end, value) = (self.columns + 1, line[start - 1]);
        let mut x = start;
        while bits.bit()? == 1 {
            let length = 1_usize << RUN_ORDERS[self.run_index];
            let filled = length.min(end - x);
            line[x..x + filled].fill(value);
            x += filled;
            if filled == length && self.run_index < 31 {
                self.run_index += 1;
            }
            if x == end {
                return Ok(end);
            }
        }
        let rest = bits.bits(RUN_ORDERS[self.run_index])? as usize;
        if rest >= end - x {
            return Err("a run goes beyond its line".to_owned());
        }
        line[x..x + rest].fill(value);
        x += rest;
        line[x] = self.run_end(value, above[x], bits)?;
        self.run_index = self.run_index.saturating_sub(1);
        Ok(x + 1)
    }

    fn run_end(&mut self, a: i32, b: i32, bits: &mut Bits<'_>) -> Result<i32, String> {
        let is_flat = (a - b).abs() <= self.near;
        let kind = i32::from(is_flat);
        let at = CONTEXTS + usize::from(is_flat);
        // `b` counts the negative errors here.
        let mut context = self.contexts[at];
        let k = order(
            context.n,
            context.a + if is_flat { context.n >> 1 } else { 0 },
        );
        let limit = self.limit - RUN_ORDERS[self.run_index] - 1;
        let coded = bits.golomb(k, limit, self.bits_of_range)?;
        let is_mapped = (coded + kind) & 1 == 1;
        let size = (coded + kind + i32::from(is_mapped)) / 2;
        let is_negative = (k != 0 || 2 * context.b >= context.n) == is_mapped;
        let error = if is_negative { -size } else { size };
        context.b += i32::from(error < 0);
        context.a += (coded + 1 - kind) >> 1;
        if context.n == self.reset {
            context.a >>= 1;
            context.b >>= 1;
            context.n >>= 1;
        }
        context.n += 1;
        self.contexts[at] = context;
        let sign = if !is_flat && a > b { -1 } else { 1 };
        Ok(self.sample(if is_flat { a } else { b }, sign * error))
    }

    /// Prediction and error to a sample, which wraps around at the ends of the range.
    fn sample(&self, predicted: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut sample = predicted + error * step;
        if sample < -self.near {
            sample += self.range * step;
        } else if sample > self.max_value + self.near {
            sample -= self.range * step;
        }
        sample.clamp(0, self.max_value)
    }
}

impl Context {
    /// The state after an error was seen.
    fn after(mut self, error: i32, step: i32, reset: i32) -> Self {
        self.b += error * step;
        self.a += error.abs();
        if self.n == reset {
            self.a >>= 1;
            self.b >>= 1;
            self.n >>= 1;
        }
        self.n += 1;
        if self.b <= -self.n {
            self.b = (self.b + self.n).max(1 - self.n);
            self.c = (self.c - 1).max(-128);
        } else if self.b > 0 {
            self.b = (self.b - self.n).min(0);
            self.c = (self.c + 1).min(127);
        }
        self
    }
}

/// The order of a Golomb code for what a context has seen.
fn order(n: i32, a: i32) -> u32 {
    (0..16).find(|&k| n << k >= a).unwrap_or(16)
}

fn default_thresholds(max_value: i32, near: i32) -> [i32; 3] {
    let clamp = |value: i32, low: i32| {
        if value > max_value || value < low {
            low
        } else {
            value
        }
    };
    let basic = if max_value >= 128 {
        let factor = (max_value.min(4095) + 128) / 256;
        [factor + 2, 4 * factor + 3, 17 * factor + 4]
    } else {
        let factor = 256 / (max_value + 1);
        [
            (3 / factor).max(2),
            (7 / factor).max(3),
            (21 / factor).max(4),
        ]
    };
    let t1 = clamp(basic[0] + 3 * near, near + 1);
    let t2 = clamp(basic[1] + 5 * near, t1);
    [t1, t2, clamp(basic[2] + 7 * near, t2)]
}

/// Bits of a scan: after a byte FF comes one of seven bits.
struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    held: u64,
    n_held: u32,
    after_ff: bool,
    missing: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
            held: 0,
            n_held: 0,
            after_ff: false,
            missing: 0,
        }
    }

    fn fill(&mut self) -> Result<(), String> {
        while self.n_held <= 48 {
            let next = self.bytes.as_slice().first().copied();
            // A byte with its high bit set after FF is a marker: the scan is over.
            let byte = match next {
                Some(byte) if !(self.after_ff && byte >= 0x80) => {
                    self.bytes.next();
                    byte
                }
                _ => {
                    self.missing += 1;
                    // Some are fetched ahead, and no code is longer than this.
                    if self.missing > 32 {
                        return Err("the scan is cut short".to_owned());
                    }
                    self.after_ff = false;
                    self.held <<= 8;
                    self.n_held += 8;
                    self.bytes = [].iter();
                    continue;
                }
            };
            let n = if self.after_ff { 7 } else { 8 };
            self.held = self.held << n | u64::from(byte);
            self.n_held += n;
            self.after_ff = byte == 0xFF;
        }
        Ok(())
    }

    /// At most 32 bits.
    fn bits(&mut self, n: u32) -> Result<u32, String> {
        if n == 0 {
            return Ok(0);
        }
        if self.n_held < n {
            self.fill()?;
        }
        self.n_held -= n;
        Ok((self.held >> self.n_held) as u32 & (u32::MAX >> (32 - n)))
    }

    fn bit(&mut self) -> Result<u32, String> {
        self.bits(1)
    }

    /// A Golomb code of order `k` whose unary part is cut off at `limit`.
    fn golomb(&mut self, k: u32, limit: u32, bits_of_range: u32) -> Result<i32, String> {
        let longest = limit.saturating_sub(bits_of_range + 1);
        let mut high = 0;
        while high < longest && self.bit()? == 0 {
            high += 1;
        }
        if high < longest {
            return Ok((high << k | self.bits(k)?).cast_signed());
        }
        // The one that ends the unary part.
        if self.bit()? != 1 {
            return Err("a code is longer than the limit".to_owned());
        }
        Ok(self.bits(bits_of_range)?.cast_signed() + 1)
    }
}
