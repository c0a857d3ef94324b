//! Durations as Go writes them: `1m30s`.
//!
//! Follows `time.ParseDuration` of Go, messages included.

/// Units with their length in nanoseconds.
const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// The duration in nanoseconds.
///
/// # Errors
/// Go's message.
pub(super) fn parse(text: &str) -> Result<f64, String> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0.0);
    }
    let invalid = || format!("time: invalid duration {text:?}");
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut sum = 0.0;
    while !rest.is_empty() {
        let tail = rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        let number = rest.strip_suffix(tail).unwrap_or("");
        if number.matches('.').count() > 1 {
            return Err(invalid());
        }
        // Go takes `1.` and `.5`, but no dot alone.
        let value: f64 = number.parse().map_err(|_| invalid())?;
        let end = tail.find(|character: char| character.is_ascii_digit() || character == '.');
        let (unit, after) = tail.split_at_checked(end.unwrap_or(tail.len())).unwrap_or((tail, ""));
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let Some((_, length)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err(format!("time: unknown unit {unit:?} in duration {text:?}"));
        };
        sum += value * length;
        rest = after;
    }
    Ok(sign * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        assert_eq!(parse("1m30s"), Ok(90e9));
        assert_eq!(parse("1.5h"), Ok(5400e9));
        assert_eq!(parse("-.5ms"), Ok(-5e5));
        assert_eq!(parse("0"), Ok(0.0));
        for (text, message) in [
            ("30", "time: missing unit in duration \"30\""),
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            (".s", "time: invalid duration \".s\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }
}
