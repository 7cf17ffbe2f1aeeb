//! The commands as their users meet them. Each file states one thing that holds, and is named after it; one program, so that it links once.

mod testing;

mod a_reader_that_goes_away_is_an_error_and_no_panic;
mod answer_judges_bytes_as_a_node_does;
mod answer_knows_cutovers;
mod bench_says_what_it_cannot_measure;
mod calendar_lists_the_days_that_are_no_werktage;
mod compare_rulebooks_lists_what_moves;
mod conformance_judges_what_was_left_behind;
mod conformance_lists_the_requirements;
mod frist_answers_one_question_or_a_table;
mod inspect_shows_what_stands_in_a_store;
mod inspect_verifies_and_repairs;
mod replay_compares_every_field_of_the_manifest;
mod replay_names_the_file_it_cannot_read;
mod replay_prints_one_json_document;
mod replay_says_which_rulebook_governs;
mod rulebooks_are_added_without_code;
mod simulate_checks_determinism;
mod simulate_compares_a_timetable_with_its_snapshot;
mod simulate_refuses_what_it_cannot_read;
mod simulate_runs_a_scenario_and_says_how_it_went;
mod simulate_says_what_does_not_hold;
mod simulate_tries_seeds;
mod simulate_writes_a_report;
mod tidy_says_what_it_found;
