//! Processor, memory and system, as far as the system says without being asked twice.

use serde::Serialize;

/// What the program runs on; nothing in it says whose it is.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The system's own name of itself with its version, where it has a file that says so.
    pub system: String,
    /// The version of its kernel, on Linux.
    pub kernel: Option<String>,
    /// As Rust calls it: `x86_64`, `aarch64`.
    pub architecture: &'static str,
    /// The processor's name, on Linux.
    pub processor: Option<String>,
    /// As many threads as the program may use at once.
    pub threads: Option<usize>,
    /// The widest vectors that convolutions can use.
    pub vectors: &'static str,
    /// None where nobody can be asked.
    pub memory: Option<Memory>,
}

/// Memory of the machine, MiB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Memory {
    /// All there is.
    pub total_mib: u64,
    /// What new work can have without swapping.
    pub available_mib: u64,
}

impl Machine {
    /// Looks at this machine.
    #[must_use]
    pub fn this() -> Self {
        // These files are written by the system, and are not there on others.
        let text = |path: &str| std::fs::read_to_string(path).ok();
        let release = text("/etc/os-release");
        let system = release
            .as_deref()
            .and_then(|text| value_of(text, "PRETTY_NAME", '='));
        Self {
            system: system.unwrap_or_else(|| std::env::consts::OS.to_owned()),
            kernel: text("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            architecture: std::env::consts::ARCH,
            processor: text("/proc/cpuinfo").and_then(|text| value_of(&text, "model name", ':')),
            threads: std::thread::available_parallelism().ok().map(usize::from),
            vectors: vectors(),
            memory: text("/proc/meminfo").and_then(|text| Memory::of(&text)),
        }
    }
}

impl Memory {
    /// From the lines of Linux, which have kB of 1024 bytes.
    fn of(text: &str) -> Option<Self> {
        let mib = |name: &str| {
            let kib = value_of(text, name, ':')?;
            Some(kib.split(' ').next()?.parse::<u64>().ok()? / 1024)
        };
        Some(Self {
            total_mib: mib("MemTotal")?,
            available_mib: mib("MemAvailable")?,
        })
    }
}

/// The first value of a name, without quotes.
fn value_of(text: &str, name: &str, mark: char) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(mark));
    let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    if std::is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if std::is_x86_feature_detected!("avx2") {
        "AVX2"
    } else {
        "SSE2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "NEON",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, value_of};

    #[test]
    fn linux_is_understood() {
        let text = "MemTotal:       24690392 kB\nMemFree:  1 kB\nMemAvailable:   20000000 kB\n";
        let expected = Memory {
            total_mib: 24111,
            available_mib: 19531,
        };
        assert_eq!(Memory::of(text), Some(expected));
        assert_eq!(Memory::of("MemTotal: 5 kB"), None);
        let release = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n";
        let name = value_of(release, "PRETTY_NAME", '=');
        assert_eq!(name.as_deref(), Some("Debian GNU/Linux 12"));
    }
}
