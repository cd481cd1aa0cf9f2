//! The key with which secrets are sealed.

use backend::{Casella, Settings, StartError};

use crate::{on_every_database, support};

on_every_database! {
    async fn the_push_key_stays_the_same_over_a_restart(company: Company) {
        let key = company.node.push_key();
        // An uncompressed point of P-256 in Base64 without padding.
        assert_eq!(key.len(), 87);
        company.node.stop().await;
        let again = company.another_node().await;
        assert_eq!(again.push_key(), key);
        again.stop().await;
    }

    async fn a_node_with_another_key_does_not_start(company: Company) {
        company.node.stop().await;
        let settings = Settings { secret_key: Some([8; 32]), ..company.database.settings() };
        let refused = Casella::start(settings, company.clock.clone()).await;
        let error = refused.map(drop).unwrap_err();
        assert!(matches!(error, StartError::SecretKey(_)), "{error}");
        assert!(error.to_string().contains("another key"), "{error}");
        company.another_node().await.stop().await;
    }

    async fn a_key_that_was_not_configured_is_kept_in_a_file(company: Company) {
        company.node.stop().await;
        drop(company);
        for database in support::databases().await {
            let folder = tempfile::tempdir().unwrap();
            let settings = Settings {
                secret_key: None,
                data_dir: folder.path().to_owned(),
                ..database.settings()
            };
            for _ in 0..2 {
                let node = Casella::start(settings.clone(), backend::Clock::default()).await;
                node.unwrap().stop().await;
            }
            std::fs::remove_file(folder.path().join("secret.key")).unwrap();
            let lost = Casella::start(settings, backend::Clock::default()).await;
            assert!(matches!(lost.map(drop), Err(StartError::SecretKey(_))));
        }
    }
}

/// Nodes of one PostgreSQL that start at the same moment agree on the keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_share_one_push_key() {
    let Some(database) = support::postgres().await else {
        return;
    };
    let start = || Casella::start(database.settings(), backend::Clock::default());
    let (first, second) = tokio::join!(start(), start());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.push_key(), second.push_key());
    first.stop().await;
    second.stop().await;
}
