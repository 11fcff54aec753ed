//! Texts of limits: `"512MB"`, `64`, `"30s"`.

use super::error::{Problem, quoted};
use crate::policy::Limits;
use std::time::Duration;

/// The names of limits, as manifests and flags have them.
pub const NAMES: [&str; 6] = ["memory", "processes", "fileSize", "descriptors", "cpu", "time"];

/// Sets the limit `name` in `limits` to what `text` says.
pub fn set(limits: &mut Limits, name: &str, text: &str) -> Result<(), Problem> {
    match name {
        "memory" => limits.memory = Some(bytes(text)?),
        "fileSize" => limits.file_size = Some(bytes(text)?),
        "processes" => limits.processes = Some(count(text)?),
        "descriptors" => limits.descriptors = Some(count(text)?),
        "cpu" => limits.cpu = Some(duration(text)?),
        "time" => limits.time = Some(duration(text)?),
        _ => {
            let what = format!("{} is not a limit", quoted(name));
            return Err(Problem::new(what, format!("limits are {}", NAMES.join(", "))));
        }
    }
    Ok(())
}

fn parts(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().ok()?;
    (number > 0).then_some((number, text[end..].trim_start_matches(' ')))
}

/// Units are powers of 1024, as in memory chips and in the kernel's own files.
pub fn bytes(text: &str) -> Result<u64, Problem> {
    let size = parts(text).and_then(|(number, unit)| {
        let shift = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 10,
            "m" | "mb" | "mib" => 20,
            "g" | "gb" | "gib" => 30,
            "t" | "tb" | "tib" => 40,
            _ => return None,
        };
        number.checked_mul(1 << shift)
    });
    size.ok_or_else(|| Problem::new(format!("{} is not a size", quoted(text)), "write a size such as \"512MB\""))
}

pub fn count(text: &str) -> Result<u64, Problem> {
    let number = parts(text).filter(|(number, unit)| unit.is_empty() && *number <= 1 << 31).map(|(number, _)| number);
    number
        .ok_or_else(|| Problem::new(format!("{} is not a number of things", quoted(text)), "write a number such as 64"))
}

pub fn duration(text: &str) -> Result<Duration, Problem> {
    let span = parts(text).and_then(|(number, unit)| match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    });
    // A century: what is longer overflows the kernel's clocks.
    span.filter(|span| span.as_secs() < 3_200_000_000).ok_or_else(|| {
        Problem::new(format!("{} is not a time", quoted(text)), "write a time such as \"30s\" or \"5m\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_counts_and_times() {
        assert_eq!(bytes("512MB"), Ok(512 << 20));
        assert_eq!(bytes("1 GiB"), Ok(1 << 30));
        assert_eq!(bytes("4096"), Ok(4096));
        assert_eq!(count("64"), Ok(64));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
    }

    #[test]
    fn nothing_negative_empty_zero_or_overflowing_is_a_limit() {
        for text in ["", "0", "-1", "1.5GB", "MB", "99999999999999999999", "18446744073709551615TB", "1x", "٣"] {
            assert!(bytes(text).is_err(), "{text}");
            assert!(count(text).is_err(), "{text}");
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(count("64MB").is_err());
    }
}
