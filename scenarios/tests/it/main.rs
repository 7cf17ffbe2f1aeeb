//! The simulated market as its users meet it. Each file states one thing that holds, and is named after it; one program, so that it links once.

mod plans;

mod a_crash_at_each_point_between_accept_and_mark_sent;
mod a_dead_letter_says_where_it_came_from;
mod a_failing_plan_shrinks_to_what_it_needs;
mod a_message_that_no_try_can_process_is_a_dead_letter;
mod a_panic_anywhere_fails_the_run;
mod a_run_leaves_nothing_behind;
mod a_run_stops_where_a_promise_is_broken;
mod a_seed_is_a_plan;
mod broken_nodes;
mod every_assertion_can_fail;
mod every_oracle_can_fail;
mod every_pid_goes_one_way;
mod every_workflow_conforms;
mod faults_that_meet_at_one_instant;
mod histories_are_recorded_from_runs;
mod idle_time_costs_nothing;
mod no_question_leaves_the_house;
mod rotten_snapshots_change_nothing;
mod seeds_hold;
mod the_checks_hold_when_the_power_goes;
mod the_node_conforms;
mod the_own_crate_page_is_the_example;
mod the_readme_shows_a_real_run;
mod transports_and_stores_agree;
mod what_was_put_back_is_worked_off_by_a_node;
