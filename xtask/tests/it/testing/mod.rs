//! The stage of the command tests: the real program run as a user runs it, in a directory of its own, and what it said.
//!
//! Nothing is shared between tests: what a test changes is a copy. Every run is held to what all commands promise: an exit code of
//! 0, 1 or 2, no panic, and no colour where no terminal is.

pub mod stored;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

/// What a run said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What `output` shows, which must be what every command promises.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = Self { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        assert!((0..=2).contains(&said.exit), "{said:#?}");
        assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "coloured, and nobody looks: {said:#?}");
        assert!(!said.err.contains("panicked"), "{said:#?}");
        said
    }

    /// The run, which must have ended with `exit`.
    #[track_caller]
    pub fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{self:#?}");
        self
    }

    /// The run, on whose standard output all of `texts` must stand.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.out.contains(text), "no `{text}` in {self:#?}");
        }
        self
    }

    /// The run, on whose standard error all of `texts` must stand, and whose standard output must be empty.
    #[track_caller]
    pub fn complains(self, texts: &[&str]) -> Self {
        assert_eq!(self.out, "", "{self:#?}");
        for text in texts {
            assert!(self.err.contains(text), "no `{text}` in {self:#?}");
        }
        self
    }

    /// The last line of standard output.
    pub fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The program, to be run in `dir` with `arguments`.
pub fn command(dir: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null());
    command
}

/// Runs the program in `dir`.
pub fn xtask(dir: &Path, arguments: &[impl AsRef<OsStr>]) -> Said {
    let mut command = command(dir, arguments);
    Said::of(spawned(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap())
}

/// Starts `command`.
pub fn spawned(command: &mut Command) -> Child {
    let _door = door();
    command.spawn().unwrap()
}

/// Held by whoever starts a program or opens a store: a program that is just being started holds, for a moment, every lock on a
/// directory that another test of this process has.
pub fn door() -> MutexGuard<'static, ()> {
    static DOOR: Mutex<()> = Mutex::new(());
    DOOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the program with `input` on its standard input.
pub fn xtask_reading(input: &str, arguments: &[&str]) -> Said {
    let mut command = command(&workspace(), arguments);
    let mut child = spawned(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Said::of(child.wait_with_output().unwrap())
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A scenario that is green and quick, and whose variants are none.
pub const SCENARIO: &str = "scenarios/gpke/unknown_pid.scenario";

/// A recorded conversation that is right in every field.
pub const CONVERSATION: &str = "scenarios/conversations/gpke_lieferbeginn_happy";

/// A directory with [`SCENARIO`] in it as `a.scenario`, without its snapshot; `old` is replaced by `new`.
pub fn scenario(old: &str, new: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(workspace().join(SCENARIO)).unwrap();
    assert!(text.contains(old), "the scenario has no `{old}`");
    fs::write(directory.path().join("a.scenario"), text.replace(old, new)).unwrap();
    directory
}

/// A directory with [`CONVERSATION`] in it as `talk`.
pub fn conversation() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("talk");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(workspace().join(CONVERSATION)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    directory
}

/// A directory with [`CONVERSATION`] in it as `talk`, whose manifest was changed.
pub fn conversation_with(change: impl FnOnce(&mut Value)) -> TempDir {
    let directory = conversation();
    let file = directory.path().join("talk/manifest.json");
    let mut manifest = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(file, manifest.to_string()).unwrap();
    directory
}

/// The files under `dir` with what is in them, by name.
pub fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}
