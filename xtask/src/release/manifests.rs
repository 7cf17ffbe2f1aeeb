//! What a registry shows of a crate: without it nobody finds it, or may use it.

use super::metadata::{Metadata, Package};

/// What is not stated, by package.
pub fn objections(metadata: &Metadata) -> Vec<String> {
    metadata.published().flat_map(missing).collect()
}

fn missing(package: &Package) -> Vec<String> {
    let stated = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let rules = [
        (stated(&package.description), "has no description"),
        (stated(&package.license), "states no licence"),
        (stated(&package.rust_version), "states no rust-version"),
        (!package.keywords.is_empty(), "has no keywords"),
        (package.keywords.len() <= 5, "has more than five keywords, which the registry refuses"),
    ];
    rules.iter().filter(|(kept, _)| !kept).map(|(_, broken)| format!("{} {broken}: add it to its Cargo.toml", package.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_does_not_state_is_named_and_a_private_crate_may_keep_silent() {
        let json = br#"{ "workspace_members": ["a", "b"], "packages": [
            { "id": "a", "name": "ours", "license": "MIT", "rust_version": "1.95", "keywords": ["1", "2", "3", "4", "5", "6"] },
            { "id": "b", "name": "private", "publish": [] },
            { "id": "c", "name": "theirs" } ] }"#;
        let said = objections(&Metadata::parse(json).unwrap());
        let expected = ["ours has no description", "ours has more than five keywords, which the registry refuses"];
        assert_eq!(said, expected.map(|what| format!("{what}: add it to its Cargo.toml")));
    }
}
