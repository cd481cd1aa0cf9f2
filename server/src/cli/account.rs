//! `casella account …`

use std::{fs, io::Read as _, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use backend::Casella;
use clap::Subcommand;
use domain::{
    Refusal,
    account::{Account, EmailDomain},
    agent::Agent,
    text::Field,
};

use super::agent;

/// How many accounts are read at once.
const PAGE: u16 = 1_000;

/// How many wrong lines are told; with more, only their number.
const ERRORS: usize = 50;

/// The largest file, in bytes.
const FILE_BYTES: usize = 50 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add an account
    Add {
        /// The company's email domain, like example.com; unique
        #[arg(value_parser = domain)]
        domain: EmailDomain,
        /// The company's name, 1 to 200 characters
        #[arg(long)]
        name: String,
        /// Email of the agent who is offered its chats before anybody else
        #[arg(long)]
        owner: String,
    },
    /// List all accounts by domain: domain, name, owner's email
    List,
    /// Import accounts from a CSV file, all or none
    ///
    /// The file is UTF-8, or UTF-16 as spreadsheets write it, with commas, semicolons or tabs, or what
    /// a first line like `sep=;` says, and at most 50 MB. The first line of the table names the
    /// columns name, domain and owner (the email of an agent), in any order; others are not looked
    /// at. An account whose domain is there already gets the new name and owner. If any line is
    /// wrong, nothing is imported, and every wrong line is told.
    Import {
        /// The file; - for standard input
        file: PathBuf,
    },
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        match self {
            Self::Add {
                domain,
                name,
                owner,
            } => {
                let agents = casella.agents().await?;
                let owner = agent::among(&agents, owner).context("owner")?;
                let name = Field::try_from(name).context("name: expected 1 to 200 characters")?;
                match casella.add_account(name, domain.clone(), owner.id).await {
                    Ok(account) => print(&account, &agents),
                    Err(error) if error.refusal() == Refusal::NotNow => bail!(
                        "domain: {domain} has an account already; `casella account import` changes it"
                    ),
                    Err(error) => return Err(error.into()),
                }
            }
            Self::List => list(casella).await?,
            Self::Import { file } => import(casella, file).await?,
        }
        Ok(())
    }
}

/// The email domain of an argument.
///
/// # Errors
/// What was expected.
pub fn domain(text: &str) -> Result<EmailDomain, String> {
    let expected = "expected an email domain like example.com";
    text.parse().map_err(|_| expected.to_owned())
}

async fn list(casella: &Arc<Casella>) -> anyhow::Result<()> {
    let agents = casella.agents().await?;
    let mut after = None;
    loop {
        let page = casella.accounts(after.as_ref(), PAGE).await?;
        for account in &page {
            print(account, &agents);
        }
        match page.last() {
            Some(last) if page.len() == usize::from(PAGE) => after = Some(last.domain.clone()),
            _ => return Ok(()),
        }
    }
}

async fn import(casella: &Arc<Casella>, file: PathBuf) -> anyhow::Result<()> {
    let mut csv = Vec::new();
    let limit = u64::try_from(FILE_BYTES)? + 1;
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(limit).read_to_end(&mut csv)
    } else {
        fs::File::open(&file).and_then(|file| file.take(limit).read_to_end(&mut csv))
    };
    read.with_context(|| format!("file: {} cannot be read", file.display()))?;
    if csv.len() > FILE_BYTES {
        bail!("file: expected at most 50 MB");
    }
    match casella.import_accounts(&csv).await? {
        Ok(done) => {
            println!("{} accounts added, {} changed.", done.added, done.changed);
            Ok(())
        }
        Err(errors) => {
            for error in errors.iter().take(ERRORS) {
                eprintln!("{error}");
            }
            bail!("nothing was imported: {} errors", errors.len())
        }
    }
}

fn print(account: &Account, agents: &[Agent]) {
    let owner = agents.iter().find(|agent| agent.id == account.owner);
    let owner = owner.map_or("", |agent| &*agent.email);
    println!("{}\t{}\t{owner}", account.domain, account.name);
}
