//! The plots of docs/performance.md: bars beside others, and the curve of a store that grows. Both axes of the curve and the bars are
//! logarithmic, since factors count.

use std::path::Path;

use anyhow::anyhow;
use plotters::prelude::*;

use super::measured::Point;
use super::peers::Row;

const INK: RGBColor = RGBColor(60, 60, 60);
const OURS: RGBColor = RGBColor(0, 110, 180);
const THEIRS: RGBColor = RGBColor(170, 170, 170);
const LINES: [RGBColor; 6] = [OURS, RGBColor(210, 90, 0), RGBColor(0, 150, 90), RGBColor(160, 60, 150), RGBColor(120, 110, 0), INK];

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the plot cannot be drawn: {error}")
}

/// One bar per peer, the shortest on top, in microseconds.
///
/// # Errors
///
/// When the file cannot be written.
pub fn bars(file: &Path, title: &str, rows: &[&Row]) -> anyhow::Result<()> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let micros = |row: &&Row| row.value * 1e6;
    let least = rows.iter().map(micros).fold(f64::INFINITY, f64::min) / 2.0;
    let most = rows.iter().map(micros).fold(0.0, f64::max) * 15.0;
    let height = u32::try_from(rows.len())? * 26 + 90;
    let root = SVGBackend::new(file, (760, height)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let count = i32::try_from(rows.len())?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16).into_font().color(&INK))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(0)
        .build_cartesian_2d((least..most).log_scale(), 0..count)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("µs, logarithmic")
        .x_label_formatter(&|micros| format!("{micros:.0}"))
        .x_label_style(("sans-serif", 12))
        .draw()
        .map_err(failed)?;
    for (place, row) in (0..).zip(&rows) {
        let color = if row.peer.starts_with("mako (") { OURS } else { THEIRS };
        let bar = Rectangle::new([(least, place), (row.value * 1e6, place + 1)], color.filled());
        let mut bar = bar;
        bar.set_margin(3, 3, 0, 0);
        let text = format!("{}  {}", row.peer, super::shown(row.value, "s"));
        let label = EmptyElement::at((row.value * 1e6, place)) + Text::new(text, (6, -19), ("sans-serif", 13).into_font().color(&INK));
        chart.draw_series([bar]).map_err(failed)?;
        chart.draw_series([label]).map_err(failed)?;
    }
    root.present().map_err(failed)
}

/// One line per cost over the size of the store, in microseconds.
///
/// # Errors
///
/// When the file cannot be written.
pub fn curve(file: &Path, title: &str, curve: &[Point], costs: &[&str]) -> anyhow::Result<()> {
    let sizes = || curve.iter().map(|point| point.events as f64);
    let values = || curve.iter().flat_map(|point| costs.iter().filter_map(|cost| point.cost(cost))).map(|cost| cost * 1e6);
    let (from, to) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let root = SVGBackend::new(file, (760, 420)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16).into_font().color(&INK))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((from..to * 1.3).log_scale(), (least / 2.0..most * 4.0).log_scale())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("events in the store")
        .y_desc("µs on a processor")
        .x_label_formatter(&|events| format!("{events:.0}"))
        .draw()
        .map_err(failed)?;
    for (cost, color) in costs.iter().zip(LINES.into_iter().cycle()) {
        let points: Vec<(f64, f64)> = curve.iter().filter_map(|point| Some((point.events as f64, point.cost(cost)? * 1e6))).collect();
        let line = LineSeries::new(points, color.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)
            .map_err(failed)?
            .label(*cost)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    let place = SeriesLabelPosition::MiddleLeft;
    chart
        .configure_series_labels()
        .position(place)
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 12))
        .draw()
        .map_err(failed)?;
    root.present().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plots_name_who_and_what_they_show() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("plot.svg");
        let row = |peer: &str, value| Row { workload: String::new(), peer: peer.to_owned(), settings: String::new(), value, p10: value };
        bars(&file, "commits", &[&row("mako (here)", 1e-6), &row("somebody", 1e-3)]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("somebody") && text.contains("1.00 ms"), "{text}");

        let point = |events, cost| Point { events, costs: vec![("commit".to_owned(), cost)] };
        curve(&file, "growth", &[point(10_000, 1e-6), point(100_000, 2e-6)], &["commit"]).unwrap();
        assert!(std::fs::read_to_string(&file).unwrap().contains("commit"));
    }
}
