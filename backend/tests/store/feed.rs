//! Private feeds of agents' meetings.

use backend::Casella;
use sqlx::{Connection as _, Executor as _};

use crate::{on_every_database, support::Company};

/// Runs a statement beside the node, and returns the one text that it finds.
async fn sql(company: &Company, statement: String) -> Option<String> {
    let url = &company.database.url;
    let statement = sqlx::AssertSqlSafe(statement);
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        let row = connection.fetch_optional(statement).await.unwrap();
        row.map(|row| sqlx::Row::get(&row, 0))
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let row = connection.fetch_optional(statement).await.unwrap();
        row.map(|row| sqlx::Row::get(&row, 0))
    }
}

async fn reads(node: &Casella, address: &str) -> bool {
    node.feed(address).await.is_ok()
}

on_every_database! {
    async fn an_address_is_told_once_and_not_kept_and_one_of_a_release_before_goes_on(company: Company) {
        let maya = company.agent("Maya").await;
        let settings = async || company.node.calendar_settings(&maya.who).await.unwrap();
        assert!(!settings().await.feed);
        let path = company.node.renew_feed(&maya.who).await.unwrap();
        let address = path.strip_prefix("/feeds/").unwrap().strip_suffix(".ics").unwrap();
        assert!(reads(&company.node, address).await);
        assert!(settings().await.feed);
        let kept = sql(&company, "SELECT address FROM calendar_feed".to_owned()).await.unwrap();
        assert!(!kept.contains(address) && kept.len() == 64, "{kept}");
        // Who reads the database does not read the feed.
        assert!(!reads(&company.node, &kept).await);

        // A release before kept it as it is.
        company.node.stop().await;
        sql(&company, format!("UPDATE calendar_feed SET address = '{address}'")).await;
        let node = company.another_node().await;
        assert!(reads(&node, address).await);
        let again = sql(&company, "SELECT address FROM calendar_feed".to_owned()).await;
        assert_eq!(again, Some(kept));
        node.stop().await;
    }
}
