//! A seed is a name for a plan: always the same, writable as a scenario file, and together the seeds come everywhere.

use std::collections::BTreeSet;

use mako_scenarios::ground::lieferbeginn;
use mako_sim::nemesis::{Choices, KINDS, draw};
use mako_sim::plan::{Action, Plan};
use mako_sim::scenario::{parse, write};

const SEEDS: u64 = 300;

#[test]
fn a_drawn_plan_reads_back_as_it_was_written() {
    for seed in 0..SEEDS {
        let plan = draw(seed, &lieferbeginn()).plan;
        let text = write(&plan);
        let mut read = parse("seed.scenario", &text, &|file| Err(format!("there is no {file}")))
            .unwrap_or_else(|e| panic!("seed {seed}: {e}\n{text}"));
        read.steps.iter_mut().for_each(|step| step.line = 0);
        assert_eq!(read, plan, "seed {seed}\n{text}");
    }
}

#[test]
fn a_seed_is_always_the_same_plan_and_no_other_seed_is_it() {
    let plans: Vec<Plan> = (0..SEEDS).map(|seed| draw(seed, &lieferbeginn()).plan).collect();
    for (seed, plan) in (0..).zip(&plans) {
        assert_eq!(*plan, draw(seed, &lieferbeginn()).plan);
    }
    let steps: BTreeSet<String> = plans.iter().map(|plan| serde_json::to_string(&plan.steps).expect("a plan")).collect();
    assert_eq!(steps.len(), plans.len());
}

#[test]
fn together_the_seeds_throw_every_kind_of_trouble_on_every_occasion_under_every_rulebook() {
    let chosen = |choices: &Choices, what: &str| -> Vec<String> {
        choices.all().iter().filter(|(name, _)| name == what).map(|(_, came)| came.clone()).collect()
    };
    let (mut thrown, mut occasions, mut rulebooks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for seed in 0..SEEDS {
        let choices = draw(seed, &lieferbeginn()).choices;
        thrown.extend(choices.all().iter().map(|(name, _)| name.clone()));
        occasions.extend(chosen(&choices, "occasion"));
        rulebooks.extend(chosen(&choices, "rulebook"));
    }
    let missing: Vec<&str> = KINDS.iter().map(|kind| kind.name).filter(|name| !thrown.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?} was never thrown");
    assert_eq!((occasions.len(), rulebooks.len()), (15, 2), "{occasions:?} {rulebooks:?}");
}

#[test]
fn every_step_of_a_plan_is_among_its_choices_and_faults_stop() {
    for seed in 0..SEEDS {
        let drawn = draw(seed, &lieferbeginn());
        let told = drawn.choices.to_string();
        let (calm, thrown) = drawn.plan.steps.split_last().expect("at least one");
        assert_eq!(calm.action, Action::Calm, "seed {seed}");
        let text = write(&Plan { steps: thrown.to_vec(), ..drawn.plan.clone() });
        for line in text.lines().filter(|line| line.starts_with("20")) {
            assert!(told.contains(line), "seed {seed}: `{line}` is not among\n{told}");
        }
    }
}
