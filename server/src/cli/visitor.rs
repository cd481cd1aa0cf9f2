//! `casella visitor …`

use std::sync::Arc;

use anyhow::bail;
use backend::{Casella, store::blocked::BlockedVisitor};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// List the visitors who are blocked, the last one first: id, site, name, email
    Blocked,
    /// Let a blocked visitor chat again
    Unblock {
        /// The visitor's id as `casella visitor blocked` prints it, or the email; an email
        /// unblocks everybody who has it
        visitor: String,
    },
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        let blocked = casella.blocked_visitors().await?;
        let wanted = match self {
            Self::Blocked => {
                let sites = casella.sites().await?;
                for visitor in &blocked {
                    let site = sites.iter().find(|site| site.id == visitor.site);
                    print(visitor, site.map_or("", |site| site.key.as_str()));
                }
                return Ok(());
            }
            Self::Unblock { visitor } => visitor,
        };
        let found: Vec<_> = blocked
            .iter()
            .filter(|visitor| is(visitor, &wanted))
            .collect();
        if found.is_empty() {
            bail!(
                "visitor: nobody with this id or email is blocked; see `casella visitor blocked`"
            );
        }
        for visitor in found {
            casella.unblock_visitor(visitor.id).await?;
            println!("{} is unblocked.", visitor.id);
        }
        Ok(())
    }
}

fn is(visitor: &BlockedVisitor, wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    visitor.id.to_string() == wanted
        || visitor
            .email
            .as_ref()
            .is_some_and(|email| email.to_lowercase() == wanted)
}

fn print(visitor: &BlockedVisitor, site: &str) {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let (name, email) = (text(&visitor.name), text(&visitor.email));
    println!("{}\t{site}\t{name}\t{email}", visitor.id);
}
