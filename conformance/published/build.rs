//! Where the sources of the published crates are, as constants: what is asked of source text is asked of the text that is compiled.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// The crates whose sources are asked about, or cited.
const CRATES: [&str; 7] = ["mako-engine", "mako-fristen", "mako-geli-gas", "mako-gpke", "mako-mabis", "mako-pruefung", "mako-wim"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let cargo = env::var_os("CARGO").ok_or("cargo does not say where it is")?;
    let metadata = Command::new(cargo).args(["metadata", "--format-version", "1", "--locked", "--offline"]).output()?;
    if !metadata.status.success() {
        return Err(String::from_utf8_lossy(&metadata.stderr).into());
    }
    let metadata: Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let text = |package: &Value, field: &str| package[field].as_str().unwrap_or_default().to_owned();
    let mut rust = "/// The packages that are asked, with their versions.\npub const PACKAGES: &[(&str, &str)] = &[\n".to_owned();
    let published: Vec<&Value> =
        packages.iter().filter(|package| !package["source"].is_null() && CRATES.contains(&text(package, "name").as_str())).collect();
    if published.len() != CRATES.len() {
        return Err(format!("{} of {} published crates are in the lock file", published.len(), CRATES.len()).into());
    }
    for package in &published {
        writeln!(rust, "    ({:?}, {:?}),", text(package, "name"), text(package, "version"))?;
    }
    rust.push_str("];\n/// Every source file of theirs.\npub const FILES: &[Source] = &[\n");
    for package in &published {
        let home = PathBuf::from(text(package, "manifest_path")).parent().ok_or("no home")?.to_path_buf();
        let named = format!("{}-{}", text(package, "name"), text(package, "version"));
        let mut files = Vec::new();
        below(&home.join("src"), &mut files)?;
        for file in files {
            let path = format!("{named}/{}", file.strip_prefix(&home)?.display());
            writeln!(rust, "    Source {{ path: {path:?}, text: include_str!({:?}) }},", file.display().to_string())?;
        }
    }
    rust.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("sources.rs"), rust)?;
    Ok(())
}

fn below(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
