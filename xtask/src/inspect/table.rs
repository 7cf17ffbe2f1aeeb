//! Rows for people, and the same rows for scripts.

use std::io::Write;

use serde_json::{Map, Value};

/// Named columns and their rows. On a terminal they are aligned; as JSON every row is an object.
#[derive(Default)]
pub(super) struct Table {
    columns: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub(super) fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// A row; a value that is no text is shown as JSON.
    pub(super) fn row(&mut self, values: impl IntoIterator<Item = Value>) {
        self.rows.push(values.into_iter().collect());
    }

    pub(super) fn print(&self, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if as_json {
            let object = |row: &Vec<Value>| -> Value {
                self.columns.iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect::<Map<String, Value>>().into()
            };
            return writeln!(out, "{:#}", Value::Array(self.rows.iter().map(object).collect()));
        }
        let cells: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(text).collect()).collect();
        let width = |column: usize, name: &str| {
            let widest = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
            widest.unwrap_or(0).max(name.len())
        };
        let widths: Vec<usize> = self.columns.iter().enumerate().map(|(column, name)| width(column, name)).collect();
        let header = self.columns.iter().map(|name| (*name).to_owned()).collect();
        for row in std::iter::once(&header).chain(&cells) {
            let line: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(out, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}
