//! Names as the CLI makes them from keys.

/// The key as the CLI uses it: trimmed, blanks and `_` to `-`, lower case
/// (okteto/okteto `pkg/model/manifest.go`, `SanitizeSvcNames`).
pub fn sanitise(name: &str) -> String {
    name.trim().replace([' ', '_'], "-").to_lowercase()
}

/// Whether a name is taken after sanitising: `[a-z0-9-]`, no `-` at either end.
pub fn is_valid(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The `<NAME>` of `OKTETO_BUILD_<NAME>_IMAGE` for a build key
/// (okteto/okteto `cmd/build/v2/environment/environment.go`).
pub fn build_variable(name: &str) -> String {
    sanitise(name).replace('-', "_").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_names_and_variables() {
        assert_eq!(sanitise(" My_App "), "my-app");
        assert!(is_valid("web-1") && !is_valid("-web") && !is_valid("web.app"));
        assert_eq!(build_variable("corporate-website"), "CORPORATE_WEBSITE");
    }
}
