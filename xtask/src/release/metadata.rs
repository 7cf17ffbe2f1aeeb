//! What cargo knows of the packages of this workspace and of everything they depend on.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::workspace::cargo;

/// All packages, ours and theirs, of every platform.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Each with what its manifest says.
    pub packages: Vec<Package>,
    workspace_members: Vec<String>,
}

/// One manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Package {
    /// How cargo tells packages apart.
    pub id: String,
    /// Its name in the registry.
    pub name: String,
    /// Its version.
    pub version: String,
    /// An SPDX expression, often in an older spelling.
    pub license: Option<String>,
    /// A sentence.
    pub description: Option<String>,
    /// At most five.
    pub keywords: Vec<String>,
    /// The oldest compiler it promises to build with.
    pub rust_version: Option<String>,
    /// The registries it may go to; an empty list forbids any.
    pub publish: Option<Vec<String>>,
}

impl Metadata {
    /// Asks cargo.
    ///
    /// # Errors
    ///
    /// When cargo cannot say, or says something else.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let output = cargo(root).args(["metadata", "--format-version", "1", "--locked"]).output().context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        }
        Self::parse(&output.stdout)
    }

    /// Reads what cargo says.
    ///
    /// # Errors
    ///
    /// When it is not what cargo says.
    pub fn parse(json: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(json).context("what cargo metadata says is not understood")
    }

    /// The packages of this workspace that may be published.
    pub fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id) && package.publish != Some(Vec::new()))
    }
}
