//! `casella site …`

use std::sync::Arc;

use anyhow::{Context, bail};
use backend::Casella;
use clap::{Args, Subcommand};
use domain::{
    Language,
    site::{Ask, Colour, Origin, Side, Site, SiteKey, SiteSettings},
};

/// Limits of the settings that are numbers, in seconds.
const OFFER_SECONDS: std::ops::RangeInclusive<u32> = 10..=600;
const INACTIVITY_SECONDS: std::ops::RangeInclusive<u32> = 120..=86_400;

/// The longest name, in characters.
const NAME_CHARS: usize = 200;

/// The longest greeting or fallback message, in characters.
const WORDS_CHARS: usize = 1_000;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add a site
    Add {
        /// Its public key: 1 to 40 of a-z, 0-9 and -
        key: SiteKey,
        /// Shown in the chat's head
        #[arg(long)]
        name: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// List all sites
    List,
    /// Change a site; what is not named stays
    Set {
        /// Its public key
        key: SiteKey,
        /// Shown in the chat's head
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        changes: Changes,
    },
}

/// What can be set of a site.
#[derive(Debug, Args)]
pub struct Changes {
    /// An origin whose pages may carry the chat, like https://www.example.com; repeat it for
    /// several. Replaces those there were
    #[arg(long = "origin")]
    origins: Vec<Origin>,
    /// Ground of the launcher and the chat's head, like #0b6b5e
    #[arg(long)]
    colour: Option<Colour>,
    /// Where the launcher stands: left or right
    #[arg(long, value_parser = side)]
    side: Option<Side>,
    /// The words that open the chat; empty for the standard ones
    #[arg(long)]
    greeting: Option<String>,
    /// What a visitor reads when nobody takes the chat; empty for the standard words
    #[arg(long)]
    fallback: Option<String>,
    /// The one language of the chat: en, it, or auto for the page's, else the browser's
    #[arg(long)]
    language: Option<String>,
    /// The language when none is asked for that Casella speaks: en or it
    #[arg(long)]
    default_language: Option<Language>,
    /// Whether the form asks for the name: off, optional or required
    #[arg(long)]
    form_name: Option<Ask>,
    /// Whether the form asks for the email: off, optional or required
    #[arg(long)]
    form_email: Option<Ask>,
    /// Whether the form asks for the phone: off, optional or required
    #[arg(long)]
    form_phone: Option<Ask>,
    /// Whether the form asks for the job title: off, optional or required
    #[arg(long)]
    form_job_title: Option<Ask>,
    /// How long an agent has to accept, 10 to 600 seconds
    #[arg(long)]
    offer_seconds: Option<u32>,
    /// After how long without a word a chat ends, 120 to 86400 seconds
    #[arg(long)]
    inactivity_seconds: Option<u32>,
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        match self {
            Self::Add { key, name, changes } => {
                if casella.site(&key).await?.is_some() {
                    bail!("key: the site {key} is there already; change it by `casella site set`");
                }
                let name = short("name", name, NAME_CHARS)?;
                let mut settings = SiteSettings::default();
                changes.apply(&mut settings)?;
                print(&casella.add_site(key, name, settings).await?)
            }
            Self::List => casella.sites().await?.iter().try_for_each(print),
            Self::Set { key, name, changes } => {
                let site = casella.site(&key).await?;
                let mut site = site.with_context(|| format!("key: there is no site {key}"))?;
                if let Some(name) = name {
                    site.name = short("name", name, NAME_CHARS)?;
                }
                changes.apply(&mut site.settings)?;
                casella.set_site(site.clone()).await?;
                print(&site)
            }
        }
    }
}

impl Changes {
    fn apply(self, settings: &mut SiteSettings) -> anyhow::Result<()> {
        fn set<T>(setting: &mut T, change: Option<T>) {
            if let Some(value) = change {
                *setting = value;
            }
        }
        if !self.origins.is_empty() {
            settings.origins = self.origins;
        }
        set(&mut settings.colour, self.colour);
        set(&mut settings.side, self.side);
        set(&mut settings.greeting, words("greeting", self.greeting)?);
        set(&mut settings.fallback, words("fallback", self.fallback)?);
        let language = match self.language.as_deref() {
            None => None,
            Some("auto") => Some(None),
            Some(tag) => Some(Some(tag.parse().context("language")?)),
        };
        set(&mut settings.language, language);
        set(&mut settings.default_language, self.default_language);
        set(&mut settings.form.name, self.form_name);
        set(&mut settings.form.email, self.form_email);
        set(&mut settings.form.phone, self.form_phone);
        set(&mut settings.form.job_title, self.form_job_title);
        for (key, change, allowed) in [
            ("offer-seconds", self.offer_seconds, OFFER_SECONDS),
            (
                "inactivity-seconds",
                self.inactivity_seconds,
                INACTIVITY_SECONDS,
            ),
        ] {
            if let Some(seconds) = change
                && !allowed.contains(&seconds)
            {
                let (from, to) = (allowed.start(), allowed.end());
                bail!("{key}: expected {from} to {to} seconds, not {seconds}");
            }
        }
        set(&mut settings.offer_seconds, self.offer_seconds);
        set(&mut settings.inactivity_seconds, self.inactivity_seconds);
        Ok(())
    }
}

fn side(word: &str) -> Result<Side, String> {
    match word {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        _ => Err("expected left or right".to_owned()),
    }
}

/// A change of words of the site's own; empty means the standard ones.
fn words(key: &str, change: Option<String>) -> anyhow::Result<Option<Option<String>>> {
    match change {
        None => Ok(None),
        Some(text) if text.trim().is_empty() => Ok(Some(None)),
        Some(text) => Ok(Some(Some(short(key, text, WORDS_CHARS)?))),
    }
}

fn short(key: &str, text: String, limit: usize) -> anyhow::Result<String> {
    if text.trim().is_empty() || text.chars().count() > limit {
        bail!("{key}: expected 1 to {limit} characters");
    }
    Ok(text)
}

fn print(site: &Site) -> anyhow::Result<()> {
    let settings = serde_json::to_string_pretty(&site.settings)?;
    println!("{}\t{}\n{settings}", site.key, site.name);
    Ok(())
}
