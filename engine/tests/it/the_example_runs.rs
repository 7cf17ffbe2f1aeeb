//! The example that a domain developer begins with is run as it is written, on disk and with the clock of the machine.

#[path = "../../examples/own_workflow.rs"]
mod own_workflow;

#[tokio::test]
async fn from_message_to_offer_and_over_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    own_workflow::run(&dir).await.unwrap();
    let again = own_workflow::run(&dir).await.unwrap_err().to_string();
    assert!(again.contains("was accepted before"), "{again}");
}
