//! Ranges and versions that mean the same to everybody. What npm reads more laxly is not foreseen.

use crate::range::{Version, satisfies};

/// A version that is a release; `Err` where npm may take the text for one that this is not sure of.
pub fn release(text: &str) -> Result<Option<Version>, ()> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (numbers, tag) = text.split_at(end);
    // Old versions are written as 1.0.0beta.
    let before = (!tag.is_empty()).then(|| tag.strip_prefix('-').unwrap_or(tag));
    let parts: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>().ok_or(())?;
    let [major, minor, patch] = parts[..] else { return Err(()) };
    match before {
        None => Ok(Some((major, minor, patch))),
        Some(tag) if is_prerelease(tag) => Ok(None),
        Some(_) => Err(()),
    }
}

/// What a range means for releases, and which versions its comparators with a tag name: their prereleases may lie in it.
pub struct Range {
    releases: String,
    tagged: Vec<Version>,
}

impl Range {
    /// `None` where the range is written in an unusual way.
    pub fn read(text: &str) -> Option<Range> {
        let mut tagged = Vec::new();
        let parts: Vec<String> = text.split("||").map(|part| without_tags(part, &mut tagged)).collect::<Option<_>>()?;
        let releases = parts.join("||");
        is_plain(&releases).then_some(Range { releases, tagged })
    }

    pub fn contains(&self, version: Version) -> bool {
        satisfies(version, &self.releases) == Some(true)
    }

    /// Whether prereleases of this version may lie in it.
    pub fn is_about_prereleases_of(&self, version: Version) -> bool {
        self.tagged.contains(&version)
    }
}

/// `^1.2.3-rc.1` is `^1.2.3` to every release.
fn without_tags(part: &str, tagged: &mut Vec<Version>) -> Option<String> {
    if part.contains(" - ") || !part.contains('-') {
        return Some(part.to_owned());
    }
    let mut words = Vec::new();
    for word in part.split(' ') {
        let digits = word.trim_start_matches(['<', '>', '=', '^', '~']);
        let operator = &word[..word.len() - digits.len()];
        if digits.contains('-') {
            if !["^", "~", ">=", "<"].contains(&operator) || release(digits) != Ok(None) {
                return None;
            }
            let named = numbers(digits)?;
            tagged.push(named);
            words.push(format!("{operator}{}.{}.{}", named.0, named.1, named.2));
        } else {
            words.push(word.to_owned());
        }
    }
    Some(words.join(" "))
}

/// Of a release or a prerelease.
pub fn numbers(version: &str) -> Option<Version> {
    let end = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(version.len());
    release(&version[..end]).ok()?
}

fn is_plain(range: &str) -> bool {
    range.split("||").all(|part| {
        let part = part.trim_matches(' ');
        match part.split_once(" - ") {
            Some((low, high)) => is_partial(low.trim_matches(' ')) && is_partial(high.trim_matches(' ')),
            None => part.is_empty() || are_comparators(part),
        }
    })
}

/// Whether a release lies in a range; `None` where the range is written in an unusual way.
pub fn contains(range: &str, version: Version) -> Option<bool> {
    Range::read(range).map(|range| range.contains(version))
}

fn are_comparators(part: &str) -> bool {
    let words: Vec<&str> = part.split(' ').filter(|word| !word.is_empty()).collect();
    let is_operator = |word: &str| [">=", "<=", ">", "<"].contains(&word);
    let dangling = words.last().is_some_and(|word| is_operator(word));
    !dangling
        && words.iter().enumerate().all(|(index, word)| {
            let after_operator = index > 0 && is_operator(words[index - 1]);
            is_operator(word) && !after_operator || is_comparator(word, after_operator)
        })
}

fn is_comparator(word: &str, after_operator: bool) -> bool {
    let digits = word.trim_start_matches(['<', '>', '=', '^', '~']);
    let operator = &word[..word.len() - digits.len()];
    let known = ["", "=", "^", "~", ">=", "<=", ">", "<"].contains(&operator);
    // What is compared with anything is nothing.
    let bound = digits.starts_with(|first: char| first.is_ascii_digit());
    let whole = bound || (operator.is_empty() && !after_operator);
    known && whole && (operator.is_empty() || !after_operator) && is_partial(digits)
}

/// `1`, `1.2`, `1.x`, `*`: once a part is open, those after it are.
fn is_partial(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let open = |part: &&&str| ["x", "X", "*"].contains(*part);
    let closed = parts.iter().take_while(|part| !open(part)).count();
    parts.len() <= 3
        && parts[..closed].iter().all(|part| number(part).is_some())
        && parts[closed..].iter().all(|part| open(&part))
}

/// Without zeros in front, and no larger than what JavaScript counts exactly.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

fn is_prerelease(tag: &str) -> bool {
    tag.split('.').all(|part| {
        let word = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        word && (!digits || number(part).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of the npm package semver 7.
    #[test]
    fn plain_ranges_are_read_as_semver_reads_them() {
        let version = |text: &str| release(text).expect("plain").expect("a release");
        for (range, text, fits) in [
            ("^1.2.3", "1.9.0", true),
            ("^1.2.3", "1.2.2", false),
            ("^1.2.3", "2.0.0", false),
            ("^0.2.3", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("^0.0", "0.0.9", true),
            ("^0.0", "0.1.0", false),
            ("^0", "0.9.0", true),
            ("~1.2", "1.2.9", true),
            ("~1", "1.9.0", true),
            ("~1.2.3", "1.3.0", false),
            (">1.2", "1.2.9", false),
            (">1.2", "1.3.0", true),
            ("<=1.2", "1.2.9", true),
            ("<1.2", "1.2.0", false),
            (">= 1.2.0 < 2", "1.5.0", true),
            (">= 1.2.0 < 2", "2.0.0", false),
            ("1.2.3 - 2", "2.9.9", true),
            ("1.2.3 - 2.1.0", "2.1.1", false),
            ("1.x || >=2.5.0 || 5.0.0 - 7.2.3", "2.4.0", false),
            ("1.x || >=2.5.0 || 5.0.0 - 7.2.3", "1.4.0", true),
            ("", "3.0.0", true),
            ("*", "3.0.0", true),
            ("1.2.3", "1.2.3", true),
            ("=1.2.3", "1.2.4", false),
            ("^1.0.0-beta.2", "1.0.0", true),
            ("^1.0.0-beta.2", "2.0.0", false),
            ("^7.0.0 || ^8.0.0-0", "8.1.0", true),
            (">=1.0.0-0 <2.0.0-0", "1.9.0", true),
            (">=1.0.0-0 <2.0.0-0", "2.0.0", false),
            ("~1.2.0-rc", "1.2.9", true),
        ] {
            assert_eq!(contains(range, version(text)), Some(fits), "{range} {text}");
        }
    }

    #[test]
    fn what_npm_reads_in_its_own_way_is_not_foreseen() {
        for range in [
            "v1",
            "1.2.3-beta",
            "^1.0-0",
            ">1.0.0-0",
            "<=1.0.0-0",
            ">= 1.0.0-0",
            "1.0.0-0 - 2",
            "^1.0.0-01",
            "~>1",
            "1.2.3.4",
            "01.2",
            ">",
            ">*",
            "<x",
            "1.x.3",
            "latest",
            "> >1",
            "1.2.3+b",
            ">\t1",
            "^ 1",
            "> ~1",
        ] {
            assert_eq!(contains(range, (1, 2, 3)), None, "{range}");
        }
        for text in ["1.2", "v1.2.3", "1.2.3+b", "01.2.3", "1.2.3-01", "1.2.3-", "9007199254740993.0.0"] {
            assert_eq!(release(text), Err(()), "{text}");
        }
        assert_eq!((release("1.2.3-rc.1"), release("1.2.3beta2")), (Ok(None), Ok(None)));
    }
}
