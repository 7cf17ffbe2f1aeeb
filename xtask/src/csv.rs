//! Comma-separated tables as in RFC 4180: a header, quotes around cells that need them, doubled inside.

use anyhow::{Context, bail};

/// A table with a header; every row has as many cells as the header.
pub struct Table {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// When there is no header, a quote is left open, or a row has more or fewer cells than the header; says which row.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut records = records(text.trim_start_matches('\u{feff}'))?.into_iter();
        let header = records.next().context("the table is empty: expected a header")?;
        let rows: Vec<_> = records.collect();
        for (number, row) in rows.iter().enumerate() {
            if row.len() != header.len() {
                bail!("row {}: expected {} cells ({}), found {}", number + 1, header.len(), header.join(","), row.len());
            }
        }
        Ok(Self { header, rows })
    }

    /// The place of a column.
    ///
    /// # Errors
    ///
    /// When the header does not have it.
    pub fn column(&self, name: &str) -> anyhow::Result<usize> {
        let place = self.header.iter().position(|column| column == name);
        place.with_context(|| format!("the header has no column `{name}`: found {}", self.header.join(",")))
    }
}

/// One line of a table, with its line end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    };
    let cells: Vec<_> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\n"
}

fn records(text: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => end_record(&mut records, &mut record, &mut cell),
            _ => cell.push(c),
        }
    }
    if quoted {
        bail!("a quote is left open in row {}", records.len());
    }
    end_record(&mut records, &mut record, &mut cell);
    Ok(records)
}

/// Closes a record; an empty line is none.
fn end_record(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, cell: &mut String) {
    if !record.is_empty() || !cell.is_empty() {
        record.push(std::mem::take(cell));
        records.push(std::mem::take(record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_protect_commas_quotes_and_line_ends() {
        let text = "a,b\r\n\"x,1\",\"say \"\"hi\"\"\"\r\n\r\n,\"two\nlines\"";
        let table = Table::parse(text).unwrap();
        assert_eq!(table.rows, [["x,1", "say \"hi\""], ["", "two\nlines"]]);
        assert_eq!(line(table.rows[0].iter().map(String::as_str)), "\"x,1\",\"say \"\"hi\"\"\"\n");
    }

    #[test]
    fn a_bad_table_says_where() {
        let error = |text| Table::parse(text).err().unwrap().to_string();
        assert_eq!(error(""), "the table is empty: expected a header");
        assert_eq!(error("a,b\n1,2\n3\n"), "row 2: expected 2 cells (a,b), found 1");
        assert_eq!(error("a,b\n1,\"2\n"), "a quote is left open in row 1");
    }
}
