//! The first admin of an empty installation.

use backend::{Casella, Error, Settings};
use domain::Refusal;

use crate::support::{Company, databases};

async fn make(node: &Casella, code: &str) -> Result<(), Error> {
    let name = "Ann".to_owned().try_into().unwrap();
    let email = "ann@example.com".to_owned().try_into().unwrap();
    let made = node.create_first_admin(code, name, email, "correct horse", "Test/1.0");
    made.await.map(drop)
}

crate::on_every_database! {
    async fn whoever_comes_first_is_no_admin_without_the_setup_code(company: Company) {
        let code = company.node.setup_code().await.unwrap().unwrap();
        assert_eq!(code.len(), 20);
        for wrong in ["", " ", &code[1..], &"a".repeat(20), &code.to_uppercase()] {
            assert_eq!(make(&company.node, wrong).await.unwrap_err().refusal(), Refusal::NotFound, "{wrong}");
        }
        assert!(!company.node.has_agents().await.unwrap());
        make(&company.node, &format!(" {code}\n")).await.unwrap();
        assert_eq!(company.node.setup_code().await.unwrap(), None);
        assert_eq!(make(&company.node, &code).await.unwrap_err().refusal(), Refusal::Forbidden);
    }

    async fn ten_wrong_setup_codes_are_taken_at_once_and_then_none(company: Company) {
        let code = company.node.setup_code().await.unwrap().unwrap();
        for _ in 0..domain::bound::Bound::SetupTries.amount() {
            assert_eq!(make(&company.node, "wrong").await.unwrap_err().refusal(), Refusal::NotFound);
        }
        assert_eq!(make(&company.node, &code).await.unwrap_err().refusal(), Refusal::TooMany);
        assert!(!company.node.has_agents().await.unwrap());
    }

    async fn every_node_prints_the_same_setup_code_at_each_start_and_any_takes_it(company: Company) {
        let code = company.node.setup_code().await.unwrap();
        company.node.stop().await;
        let again = company.another_node().await;
        assert_eq!(again.setup_code().await.unwrap(), code);
        make(&again, &code.unwrap()).await.unwrap();
        again.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_code_of_the_configuration_stands_in_place_of_the_one_that_is_made() {
    for database in databases().await {
        let settings = Settings {
            setup_code: Some("known to machines".to_owned()),
            ..database.settings()
        };
        let company = Company::start_with(database, settings).await;
        let code = company.node.setup_code().await.unwrap();
        assert_eq!(code.as_deref(), Some("known to machines"));
        make(&company.node, "known to machines").await.unwrap();
    }
}
