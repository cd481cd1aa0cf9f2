//! `casella site …`

use std::{str::FromStr, sync::Arc};

use anyhow::{Context, anyhow, bail};
use backend::Casella;
use clap::{Args, Subcommand};
use domain::{
    Language, Refusal,
    account::EmailDomain,
    settings::PHOTO_BYTES,
    site::{
        Ask, BLOCKED_DOMAINS, Colour, FALLBACK_CHARS, GREETING_CHARS, INACTIVITY_SECONDS,
        OFFER_SECONDS, OFFSET_PIXELS, Origin, OwnerAway, Realm, Scheme, Side, Site, SiteKey,
        SiteSettings, Wording,
    },
    team::Team,
};

use super::{site_key, team};

/// The longest name, in characters.
const NAME_CHARS: usize = 200;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add a site
    Add {
        /// Its public key: 1 to 40 of a-z, 0-9 and -
        key: SiteKey,
        /// Shown in the chat's head, 1 to 200 characters
        #[arg(long)]
        name: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// List all sites
    List,
    /// Add, list and remove the keys with which a site's server signs who its visitors are
    #[command(subcommand)]
    Key(site_key::Task),
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
    /// Ground of the launcher and the chat's head, like #0b6b5e, which is the default of a new site
    #[arg(long)]
    colour: Option<Colour>,
    /// Where the launcher stands: left or right [default of a new site: right]
    #[arg(long, value_parser = side)]
    side: Option<Side>,
    /// How far the launcher stands from the page's bottom, 0 to 400 pixels [default of a new site:
    /// 20]
    #[arg(long)]
    bottom_pixels: Option<u32>,
    /// How far it stands from that side, 0 to 400 pixels [default of a new site: 20]
    #[arg(long)]
    side_pixels: Option<u32>,
    /// light, dark, or auto for what the visitor's system is [default of a new site: auto]
    #[arg(long)]
    scheme: Option<Scheme>,
    /// Whether visitors may attach files once a chat is active: true or false [default of a new
    /// site: false]
    #[arg(long)]
    visitor_files: Option<bool>,
    /// The picture in the chat's head until an agent is there: the path of a PNG, JPEG or WebP file
    /// of at most 128 KB; an empty value removes it
    #[arg(long, value_name = "FILE")]
    avatar: Option<String>,
    /// The words that open the chat in a language, like `en=Hello!`, at most 500 characters;
    /// `en=` for the standard ones. Repeat it for other languages: en, it
    #[arg(long = "greeting", value_name = "LANGUAGE=TEXT")]
    greetings: Vec<Words>,
    /// What a visitor reads in a language when nobody takes the chat, like `it=Torniamo presto`,
    /// at most 2000 characters, with **bold**, *italic* and links; `it=` for the standard words.
    /// Repeat it for other languages
    #[arg(long = "fallback", value_name = "LANGUAGE=TEXT")]
    fallbacks: Vec<Words>,
    /// Whether a visitor whose chat nobody takes is offered to book a meeting: true or false
    /// [default of a new site: false]
    #[arg(long)]
    fallback_meetings: Option<bool>,
    /// The one language of the chat: en, it, or auto for the page's, else the browser's [default
    /// of a new site: auto]
    #[arg(long)]
    language: Option<String>,
    /// The language when none is asked for that Casella speaks: en or it [default of a new site:
    /// en]
    #[arg(long)]
    default_language: Option<Language>,
    /// Whether the form asks for the name: off, optional or required [default of a new
    /// site: optional]
    #[arg(long)]
    form_name: Option<Ask>,
    /// Whether the form asks for the email: off, optional or required [default of a new
    /// site: optional]
    #[arg(long)]
    form_email: Option<Ask>,
    /// Whether the form asks for the phone: off, optional or required [default of a new
    /// site: off]
    #[arg(long)]
    form_phone: Option<Ask>,
    /// Whether the form asks for the job title: off, optional or required [default of a
    /// new site: off]
    #[arg(long)]
    form_job_title: Option<Ask>,
    /// How long an agent has to accept, 10 to 600 seconds [default of a new site: 100]
    #[arg(long)]
    offer_seconds: Option<u32>,
    /// After how long without a word a chat ends, 120 to 86400 seconds [default of a new site: 600]
    #[arg(long)]
    inactivity_seconds: Option<u32>,
    /// The team whose agents are asked; none for every agent [default of a new site: none]
    #[arg(long, value_name = "NAME|none")]
    team: Option<String>,
    /// Whether all agents are asked when nobody of the team is available: true or false [default
    /// of a new site: false]
    #[arg(long)]
    beyond_team: Option<bool>,
    /// What happens when the owner of the visitor's account is not available: team asks the
    /// others, fallback says so at once [default of a new site: team]
    #[arg(long, value_name = "team|fallback")]
    owner_away: Option<OwnerAway>,
    /// An email domain whose visitors are refused politely, like example.com; repeat it for up to
    /// 50. Replaces those there were
    #[arg(long = "blocked-domain", value_name = "DOMAIN", value_parser = super::account::domain)]
    blocked_domains: Vec<EmailDomain>,
    /// Under which name sites are joined: with the same `sub` in what their servers sign, agents see
    /// one person's history. 1 to 40 of a-z, 0-9 and -; none for a site on its own [default of a new
    /// site: none]
    #[arg(long, value_name = "NAME|none")]
    realm: Option<String>,
    /// Refuse no email domain
    #[arg(long, conflicts_with = "blocked_domains")]
    no_blocked_domains: bool,
}

/// Words in a language; none: the standard ones.
#[derive(Clone, Debug)]
pub struct Words {
    language: Language,
    text: Option<String>,
}

impl FromStr for Words {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, String> {
        let expected = "expected a language and its words, like en=Hello! or it=Ciao!";
        let (tag, text) = argument.split_once('=').ok_or(expected)?;
        let known = Language::ALL.into_iter().find(|known| known.tag() == tag);
        let text = (!text.trim().is_empty()).then(|| text.to_owned());
        Ok(Self {
            language: known.ok_or_else(|| format!("{expected}; `{tag}` is neither en nor it"))?,
            text,
        })
    }
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        match self {
            Self::Key(task) => task.run(casella).await,
            Self::Add { key, name, changes } => {
                if casella.site(&key).await?.is_some() {
                    bail!("key: the site {key} is there already; change it by `casella site set`");
                }
                let name = short("name", name, NAME_CHARS)?;
                let mut settings = SiteSettings::default();
                let avatar = changes.avatar()?;
                let realm = changes.realm()?;
                changes.apply(&mut settings, casella).await?;
                let mut added = casella.add_site(key, name, settings).await?;
                if let Some(Some(realm)) = realm {
                    added.realm = Some(realm);
                    casella.set_site(added.clone()).await?;
                }
                if let Some(avatar) = avatar {
                    added = set_avatar(casella, added, avatar).await?;
                }
                print(&added, &casella.teams().await?)
            }
            Self::List => {
                let teams = casella.teams().await?;
                let sites = casella.sites().await?;
                sites.iter().try_for_each(|site| print(site, &teams))
            }
            Self::Set { key, name, changes } => {
                let site = casella.site(&key).await?;
                let mut site = site.with_context(|| format!("key: there is no site {key}"))?;
                if let Some(name) = name {
                    site.name = short("name", name, NAME_CHARS)?;
                }
                let avatar = changes.avatar()?;
                if let Some(realm) = changes.realm()? {
                    site.realm = realm;
                }
                changes.apply(&mut site.settings, casella).await?;
                match avatar {
                    Some(avatar) => site = set_avatar(casella, site, avatar).await?,
                    None => casella.set_site(site.clone()).await?,
                }
                print(&site, &casella.teams().await?)
            }
        }
    }
}

impl Changes {
    /// The new picture, or that there is to be none; none if nothing is said.
    fn avatar(&self) -> anyhow::Result<Option<Option<Vec<u8>>>> {
        let Some(path) = &self.avatar else {
            return Ok(None);
        };
        if path.is_empty() {
            return Ok(Some(None));
        }
        let read = std::fs::read(path);
        let expected = || format!("avatar: expected the path of a picture, not `{path}`");
        let bytes = read.with_context(expected)?;
        Ok(Some(Some(bytes)))
    }

    /// The new realm, or that there is to be none; none if nothing is said.
    fn realm(&self) -> anyhow::Result<Option<Option<Realm>>> {
        match self.realm.as_deref() {
            None => Ok(None),
            Some("none") => Ok(Some(None)),
            Some(name) => Ok(Some(Some(name.parse().context("realm")?))),
        }
    }

    async fn apply(
        self,
        settings: &mut SiteSettings,
        casella: &Arc<Casella>,
    ) -> anyhow::Result<()> {
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
        set(&mut settings.scheme, self.scheme);
        set(&mut settings.visitor_files, self.visitor_files);
        for (key, change) in [
            ("bottom-pixels", self.bottom_pixels),
            ("side-pixels", self.side_pixels),
        ] {
            if let Some(pixels) = change
                && !OFFSET_PIXELS.contains(&pixels)
            {
                let (from, to) = (OFFSET_PIXELS.start(), OFFSET_PIXELS.end());
                bail!("{key}: expected {from} to {to} pixels, not {pixels}");
            }
        }
        set(&mut settings.bottom_pixels, self.bottom_pixels);
        set(&mut settings.side_pixels, self.side_pixels);
        let (greeting, fallback) = (&mut settings.greeting, &mut settings.fallback);
        wording("greeting", greeting, self.greetings, GREETING_CHARS)?;
        wording("fallback", fallback, self.fallbacks, FALLBACK_CHARS)?;
        set(&mut settings.fallback_meetings, self.fallback_meetings);
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
        match self.team.as_deref() {
            None => {}
            Some("none") => settings.team = None,
            Some(name) => settings.team = Some(team::find(casella, name).await?.id),
        }
        set(&mut settings.beyond_team, self.beyond_team);
        set(&mut settings.owner_away, self.owner_away);
        if self.no_blocked_domains || !self.blocked_domains.is_empty() {
            let mut domains = self.blocked_domains;
            domains.sort_unstable();
            domains.dedup();
            if domains.len() > BLOCKED_DOMAINS {
                let count = domains.len();
                bail!("blocked-domain: expected at most {BLOCKED_DOMAINS}, not {count}");
            }
            settings.blocked_domains = domains;
        }
        Ok(())
    }
}

async fn set_avatar(
    casella: &Arc<Casella>,
    site: Site,
    picture: Option<Vec<u8>>,
) -> anyhow::Result<Site> {
    let set = casella.set_avatar(site, picture).await;
    set.map_err(|error| match error.refusal() {
        Refusal::TooLarge => {
            anyhow!(
                "avatar: expected a picture of at most {} KB",
                PHOTO_BYTES / 1024
            )
        }
        Refusal::Malformed => anyhow!("avatar: expected a PNG, JPEG or WebP picture"),
        _ => error.into(),
    })
}

fn side(word: &str) -> Result<Side, String> {
    match word {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        _ => Err("expected left or right".to_owned()),
    }
}

fn wording(
    key: &str,
    wording: &mut Wording,
    changes: Vec<Words>,
    limit: usize,
) -> anyhow::Result<()> {
    for Words { language, text } in changes {
        let text = text.map(|text| short(key, text, limit)).transpose()?;
        wording.set(language, text);
    }
    Ok(())
}

fn short(key: &str, text: String, limit: usize) -> anyhow::Result<String> {
    if text.trim().is_empty() || text.chars().count() > limit {
        bail!("{key}: expected 1 to {limit} characters");
    }
    Ok(text)
}

fn print(site: &Site, teams: &[Team]) -> anyhow::Result<()> {
    let settings = serde_json::to_string_pretty(&site.settings)?;
    let team = teams
        .iter()
        .find(|team| Some(team.id) == site.settings.team);
    let team = team.map_or("every agent", |team| &*team.name);
    let joined = match &site.realm {
        Some(realm) => format!("joined as {}", realm.as_str()),
        None => "on its own".to_owned(),
    };
    let (key, name) = (&site.key, &site.name);
    println!("{key}\t{name}\tserved by {team}\t{joined}\n{settings}");
    Ok(())
}
