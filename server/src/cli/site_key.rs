//! `casella site key …`

use std::sync::Arc;

use anyhow::bail;
use backend::{Casella, Error};
use clap::Subcommand;
use domain::{Refusal, site::SiteKey};

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Make a key; its secret is printed now and never again
    Add {
        /// The site's public key
        site: SiteKey,
    },
    /// List a site's keys, the oldest first: id, and since when it is there, in UTC
    List {
        /// The site's public key
        site: SiteKey,
    },
    /// Remove a key: what it signed is refused from then on
    Remove {
        /// The site's public key
        site: SiteKey,
        /// The id as `casella site key list` prints it
        id: String,
    },
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        match self {
            Self::Add { site } => {
                let key = casella.add_site_key(&site).await;
                let key = key.map_err(|error| known(error, &site))?;
                println!("kid\t{}\nsecret\t{}", key.id, key.secret);
            }
            Self::List { site } => {
                let keys = casella.site_keys(&site).await;
                for (id, since) in keys.map_err(|error| known(error, &site))? {
                    println!("{id}\t{}", backend::utc(since));
                }
            }
            Self::Remove { site, id } => {
                let keys = casella.site_keys(&site).await;
                let keys = keys.map_err(|error| known(error, &site))?;
                if !keys.iter().any(|(known, _)| *known == id) {
                    bail!("id: {site} has no key {id}; see `casella site key list {site}`");
                }
                casella.remove_site_key(&site, &id).await?;
                println!("{id} is removed.");
            }
        }
        Ok(())
    }
}

fn known(error: Error, site: &SiteKey) -> anyhow::Error {
    match error.refusal() {
        Refusal::NotFound => anyhow::anyhow!("site: there is no site {site}"),
        _ => error.into(),
    }
}
