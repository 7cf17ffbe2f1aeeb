//! The lists of requirements. Registry, tests, report and `REQUIREMENTS.md` are made from them, so that none of these can forget one.
//!
//! A kind of subject is a list here (one macro that holds its entries), the module of its checks, and the macro that names a subject:
//! [`crate::store!`], [`crate::workflow!`], [`crate::node!`].
//!
//! To add a requirement: write its check, add its entry here, show a subject that is broken on purpose and violates it
//! (`tests/mutants.rs`, `tests/broken_workflows.rs`, `scenarios/tests/it/broken_nodes.rs`), and regenerate `REQUIREMENTS.md`.
//! An id that was published stays, whatever becomes of it.

mod nodes;
mod stores;
mod workflows;

pub use nodes::{NODE_REQUIREMENTS, NodeCheck, NodeRequirement, node_requirements};
pub use stores::{STORE_REQUIREMENTS, StoreCheck, StoreRequirement};
pub use workflows::{WORKFLOW_REQUIREMENTS, WorkflowCheck, WorkflowRequirement, workflow_requirements};

/// What becomes of the entries of a list: the registry of a kind, the plain requirements, or one test each.
#[doc(hidden)]
#[macro_export]
macro_rules! __expand_requirements {
    (requirements [] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        &[$($crate::__requirement!($id $level $needs $since, $title, $rationale, $source)),*]
    };
    (names [] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        &[$(($id, stringify!($name))),*]
    };
    (store_registry [] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        &[$(StoreRequirement {
            requirement: $crate::__requirement!($id $level $needs $since, $title, $rationale, $source),
            test: stringify!($name),
            check: |ctx| Box::pin($check(ctx)),
        }),*]
    };
    (workflow_registry [] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        vec![$(WorkflowRequirement {
            requirement: $crate::__requirement!($id $level $needs $since, $title, $rationale, $source),
            test: stringify!($name),
            check: |ctx| Box::pin($check(ctx)),
        }),*]
    };
    (node_registry [] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        vec![$(NodeRequirement {
            requirement: $crate::__requirement!($id $level $needs $since, $title, $rationale, $source),
            test: stringify!($name),
            check: |partner| Box::pin($check(partner)),
        }),*]
    };
    (store_tests [$subject:ty] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        $(#[test]
        fn $name() {
            $crate::run_store_requirement::<$subject>($id, $crate::__report_place!());
        })*
    };
    (workflow_tests [$subject:ty] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        $(#[test]
        fn $name() {
            $crate::run_workflow_requirement::<$subject>($id, $crate::__report_place!());
        })*
    };
    (node_tests [$subject:ty] $($name:ident = $id:literal $level:ident $needs:ident since $since:literal, $check:path;
        $title:literal, because $rationale:literal, from $source:literal;)*) => {
        $(#[test]
        fn $name() {
            $crate::run_node_requirement::<$subject>($id, $crate::__report_place!());
        })*
    };
}

/// The requirement that an entry of a list says.
#[doc(hidden)]
#[macro_export]
macro_rules! __requirement {
    ($id:literal $level:ident $needs:ident $since:literal, $title:literal, $rationale:literal, $source:literal) => {
        $crate::Requirement {
            id: $id,
            title: $title,
            level: $crate::Level::$level,
            since: $since,
            needs: $crate::Capabilities::$needs,
            rationale: $rationale,
            source: $source,
        }
    };
}

/// Where the crate under test is being built.
#[doc(hidden)]
#[macro_export]
macro_rules! __report_place {
    () => {
        $crate::ReportPlace { target_tmpdir: option_env!("CARGO_TARGET_TMPDIR"), manifest_dir: env!("CARGO_MANIFEST_DIR") }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Requirement;

    fn all() -> impl Iterator<Item = Requirement> {
        let stores = STORE_REQUIREMENTS.iter().map(|one| one.requirement);
        stores.chain(WORKFLOW_REQUIREMENTS.iter().copied()).chain(NODE_REQUIREMENTS.iter().copied())
    }

    #[test]
    fn a_test_is_named_after_its_id_and_no_id_is_given_twice() {
        let mut ids = std::collections::BTreeSet::new();
        for one in all() {
            assert!(ids.insert(one.id), "{} is given twice", one.id);
        }
        for one in STORE_REQUIREMENTS {
            assert_eq!(one.test.to_uppercase().replace('_', "-"), one.requirement.id);
        }
        let named: [&[(&str, &str)]; 2] = [crate::__workflow_requirements! { names }, crate::__node_requirements! { names }];
        for (id, test) in named.into_iter().flatten() {
            assert_eq!(test.to_uppercase().replace('_', "-"), *id);
        }
    }

    #[test]
    fn a_requirement_is_a_sentence_with_a_reason_and_a_source() {
        for Requirement { id, title, level, rationale, source, .. } in all() {
            assert_ne!(level, crate::Level::Provisional, "{id}: the version of the kit says so");
            assert!(title.ends_with('.') && rationale.ends_with('.') && !source.is_empty(), "{id}");
            assert!(![title, rationale, source].iter().any(|text| text.contains('|')), "{id} would break its table row");
        }
    }
}
