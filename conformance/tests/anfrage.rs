//! The workflow that the mutants break keeps the requirements while nobody breaks it.

#[path = "broken_workflows/anfrage.rs"]
#[allow(dead_code, reason = "the mutants use the rest")]
mod anfrage;

mako_conformance::workflow!(anfrage::Subject<anfrage::Right>);

#[test]
fn the_same_checks_run_on_a_disk_that_somebody_else_brings() {
    use std::sync::Arc;

    use mako_conformance::{WorkflowContext, workflow_requirements};
    use mako_engine::store::KeyedStore;
    use mako_engine::store::fjall::{FjallBackend, FjallOptions};

    let opened = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for one in workflow_requirements::<anfrage::Subject<anfrage::Right>>() {
        if !["WF-RPL-01", "WF-RPL-03"].contains(&one.requirement.id) {
            continue;
        }
        let opened = Arc::clone(&opened);
        let context = WorkflowContext::default().on(move || {
            let (dir, opened) = (tempfile::tempdir().unwrap(), Arc::clone(&opened));
            Box::new(move || {
                opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let (backend, _) = FjallBackend::open(dir.path().join("store"), FjallOptions::simulation()).unwrap();
                Ok(Arc::new(KeyedStore::open(backend)?))
            })
        });
        assert_eq!(runtime.block_on((one.check)(&context)), Ok(()), "{}", one.requirement.id);
    }
    assert!(opened.load(std::sync::atomic::Ordering::Relaxed) > 40, "each history has a disk, and each restart opens it again");
}
