//! Ranges of versions, as far as `engines` and lockfiles need them: whether a released version lies in one.
//! <https://docs.npmjs.com/cli/using-npm/semver>

pub type Version = (u64, u64, u64);

/// What can't be read is taken for fitting: it is advice, and npm's reader is laxer than ours.
pub fn engine_fits(range: Option<&str>, engine: Option<&str>) -> bool {
    let (Some(range), Some(engine)) = (range, engine.and_then(exact)) else { return true };
    satisfies(engine, range).unwrap_or(true)
}

/// Whether a version may lie in a range: what can't be read, a tag or a version before a release, may.
pub fn may_be_in(range: &str, version: &str) -> bool {
    range.replace(" - ", " ").contains('-') || engine_fits(Some(range), Some(version))
}

fn exact(text: &str) -> Option<Version> {
    let mut parts = text.split('.').map(|part| part.parse::<u64>().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

pub fn satisfies(version: Version, range: &str) -> Option<bool> {
    let mut any = false;
    for part in range.split("||") {
        any |= all_of(version, part.trim())?;
    }
    Some(any)
}

fn all_of(version: Version, part: &str) -> Option<bool> {
    if let Some((low, high)) = part.split_once(" - ") {
        return Some(version >= Partial::parse(low.trim())?.lowest() && version < Partial::parse(high.trim())?.next());
    }
    let joined = part.replace(">= ", ">=").replace("<= ", "<=").replace("> ", ">").replace("< ", "<");
    let joined = joined.replace("^ ", "^").replace("~ ", "~").replace("= ", "=");
    let mut all = true;
    for word in joined.split_whitespace() {
        all &= compare(version, word)?;
    }
    Some(all)
}

fn compare(version: Version, word: &str) -> Option<bool> {
    let digits = word.trim_start_matches(['<', '>', '=', '^', '~']);
    let bound = Partial::parse(digits)?;
    let (low, next) = (bound.lowest(), bound.next());
    Some(match &word[..word.len() - digits.len()] {
        "" | "=" => version >= low && version < next,
        ">=" => version >= low,
        ">" => version >= next,
        "<=" => version < next,
        "<" => version < low,
        "~" | "~>" => version >= low && version < bound.next_minor(),
        "^" => version >= low && version < bound.next_leftmost(),
        _ => return None,
    })
}

/// `1`, `1.2`, `1.x`, `*`.
struct Partial(Vec<u64>);

impl Partial {
    fn parse(text: &str) -> Option<Partial> {
        let text = text.trim_start_matches('v').split(['-', '+']).next()?;
        let mut numbers = Vec::new();
        for part in text.split('.').take(3) {
            match part {
                "" | "x" | "X" | "*" => break,
                digits => numbers.push(digits.parse().ok()?),
            }
        }
        Some(Partial(numbers))
    }

    fn at(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    fn lowest(&self) -> Version {
        (self.at(0), self.at(1), self.at(2))
    }

    /// The first version above all that the text covers.
    fn next(&self) -> Version {
        match self.0.len() {
            0 => (u64::MAX, 0, 0),
            1 => (self.at(0).saturating_add(1), 0, 0),
            2 => (self.at(0), self.at(1).saturating_add(1), 0),
            _ => (self.at(0), self.at(1), self.at(2).saturating_add(1)),
        }
    }

    fn next_minor(&self) -> Version {
        if self.0.len() < 2 { self.next() } else { (self.at(0), self.at(1).saturating_add(1), 0) }
    }

    fn next_leftmost(&self) -> Version {
        match (self.0.len(), self.lowest()) {
            (0 | 1, _) => self.next(),
            (_, (0, 0, _)) => self.next(),
            (_, (0, minor, _)) => (0, minor.saturating_add(1), 0),
            (_, (major, ..)) => (major.saturating_add(1), 0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of the npm package semver 7.
    #[test]
    fn ranges_of_engines_are_read_as_semver_reads_them() {
        for (range, fits) in [
            (">=18", true),
            (">=18.0.0 <27", true),
            ("^18 || ^20 || >=22", true),
            ("^18 || ^20", false),
            ("*", true),
            ("", true),
            (">= 10.13.0", true),
            ("18 - 26", true),
            ("18 - 25", false),
            ("26.x", true),
            ("~26.10.0", true),
            ("~26.9", false),
            ("<26", false),
            ("<=26", true),
            (">26", false),
            (">26.9", true),
            ("0.10.x", false),
            ("^26.11.0", false),
            ("=26.10.0", true),
            ("^0.10.0 || >=0.12", true),
            ("node", true),
            ("v26", true),
            (">=18.0.0-rc.1", true),
            ("~> 26.10", true),
        ] {
            assert_eq!(engine_fits(Some(range), Some("26.10.0")), fits, "{range}");
        }
    }
}
