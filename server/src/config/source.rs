//! Where settings come from, and which of several values is in force.

use std::{collections::BTreeMap, env, fmt, fs, str::FromStr};

use backend::store::address;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::{ConfigError, KEYS, Key};

/// Names the file; a flag, else a variable.
const FILE_FLAG: &str = "config";
const FILE_VARIABLE: &str = "CASELLA_CONFIG";

/// The settings given as flags, by flag.
#[derive(Clone, Debug, Default)]
pub struct Flags(BTreeMap<&'static str, String>);

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Default,
    File,
    Variable,
    Flag,
}

/// Every setting as text, with its source.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<&'static str, (String, Source)>);

#[cfg(test)]
impl Flags {
    /// One flag.
    pub fn of(flag: &'static str, value: &str) -> Self {
        Self(BTreeMap::from([(flag, value.to_owned())]))
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE_FLAG)
            .long(FILE_FLAG)
            .value_name("FILE")
            .global(true)
            .help_heading("Configuration")
            .help(format!("TOML file of the settings below [{FILE_VARIABLE}]"));
        KEYS.iter().fold(command.arg(file), |command, key| {
            let mut help = format!("{} [{}]", key.about, key.variable());
            if !key.default.is_empty() {
                help.push_str(&format!(" [default: {}]", key.default));
            }
            let arg = Arg::new(key.flag).long(key.flag).global(true);
            let arg = arg.help_heading("Configuration").help(help);
            command.arg(arg.value_name("VALUE").hide_short_help(true))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let names = KEYS.iter().map(|key| key.flag).chain([FILE_FLAG]);
        let given = names.filter_map(|flag| {
            let value = matches.get_one::<String>(flag)?;
            Some((flag, value.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

impl Settings {
    /// Reads the environment and the file, if one is named.
    ///
    /// # Errors
    /// A file that cannot be read, is no TOML, or has an unknown key.
    pub fn gather(flags: &Flags) -> Result<Self, ConfigError> {
        let variable = |name: &str| env::var(name).ok();
        let named = flags.0.get(FILE_FLAG).cloned();
        let file = match named.or_else(|| variable(FILE_VARIABLE)) {
            None => String::new(),
            Some(path) => fs::read_to_string(&path).map_err(|error| ConfigError {
                key: FILE_FLAG.to_owned(),
                source: path,
                expected: format!("expected a file that can be read: {error}"),
            })?,
        };
        Self::from_layers(flags, variable, &file)
    }

    /// Puts flags over variables over the file's text over the defaults.
    ///
    /// # Errors
    /// As [`Settings::gather`].
    pub fn from_layers(
        flags: &Flags,
        variable: impl Fn(&str) -> Option<String>,
        file: &str,
    ) -> Result<Self, ConfigError> {
        let mut file = values_of_file(file)?;
        let settings = KEYS.iter().map(|key| {
            let in_file = file.remove(&key.name());
            let value = if let Some(value) = flags.0.get(key.flag) {
                (value.clone(), Source::Flag)
            } else if let Some(value) = variable(&key.variable()) {
                (value, Source::Variable)
            } else if let Some(value) = in_file {
                (value, Source::File)
            } else {
                (key.default.to_owned(), Source::Default)
            };
            (key.flag, value)
        });
        let settings = Self(settings.collect());
        for key in &KEYS {
            if flags
                .0
                .get(key.flag)
                .is_some_and(|value| holds_secret(key, value))
            {
                let why = format!(
                    "a flag can be seen by everybody on this machine. Set {} instead, or {} in the file",
                    key.variable(),
                    key.name()
                );
                return Err(settings.refused(key.flag, &why));
            }
        }
        match file.into_keys().next() {
            None => Ok(settings),
            Some(unknown) => {
                let known: Vec<String> = KEYS.iter().map(Key::name).collect();
                Err(ConfigError {
                    key: unknown,
                    source: "file".to_owned(),
                    expected: format!("no such key; expected one of {}", known.join(", ")),
                })
            }
        }
    }

    /// A setting's text; empty if it is not set.
    pub(super) fn text(&self, flag: &str) -> &str {
        self.0.get(flag).map_or("", |(value, _)| value)
    }

    pub(super) fn parse<T: FromStr>(&self, flag: &str) -> Result<T, ConfigError> {
        self.text(flag).trim().parse().map_err(|_| self.wrong(flag))
    }

    pub(super) fn list<T: FromStr>(&self, flag: &str) -> Result<Vec<T>, ConfigError> {
        let parts = self.text(flag).split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_err(|_| self.wrong(flag)))
            .collect()
    }

    /// That the value of this flag is not what was expected.
    pub(super) fn wrong(&self, flag: &str) -> ConfigError {
        let expected = match KEYS.iter().find(|key| key.flag == flag) {
            Some(key) => format!(
                "expected {}, not `{}`",
                key.expected,
                shown(key, self.text(flag))
            ),
            None => "no such setting".to_owned(),
        };
        self.refused(flag, &expected)
    }

    /// That the value of this flag is refused; `why` shows nothing that is secret.
    pub(super) fn refused(&self, flag: &str, why: &str) -> ConfigError {
        let source = self
            .0
            .get(flag)
            .map_or(Source::Default, |(_, source)| *source);
        let key = KEYS.iter().find(|key| key.flag == flag);
        ConfigError {
            key: key.map_or_else(|| flag.to_owned(), Key::name),
            source: match (source, key) {
                (Source::Flag, _) => format!("--{flag}"),
                (Source::Variable, Some(key)) => key.variable(),
                _ => source.to_string(),
            },
            expected: why.to_owned(),
        }
    }
}

/// What `casella config` prints: a TOML file of what is in force, each line with its source.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &KEYS {
            let (value, source) = match self.0.get(key.flag) {
                Some((value, source)) => (value.as_str(), *source),
                None => (key.default, Source::Default),
            };
            let value = toml::Value::String(shown(key, value));
            writeln!(f, "{} = {value} # {source}", key.name())?;
        }
        if self.text("smtp-host").trim().is_empty() {
            writeln!(f, "# {}", super::NO_MAIL)?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Variable => "variable",
            Self::Flag => "flag",
        })
    }
}

fn values_of_file(text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError {
        key: "config".to_owned(),
        source: "file".to_owned(),
        expected: not_toml(text, &error),
    })?;
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = table.iter().map(|(key, value)| match value {
        toml::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            (key.clone(), items.join(","))
        }
        value => (key.clone(), text(value)),
    });
    Ok(values.collect())
}

/// Where a file is no TOML, and why. The line itself is not shown: it may hold a password.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(0, |before| before.matches('\n').count()) + 1;
    format!("expected TOML, in line {line}: {}", error.message())
}

/// Whether nobody else may see this value.
fn holds_secret(key: &Key, value: &str) -> bool {
    !value.is_empty() && (key.secret || without_secrets(value) != value)
}

/// A value as it may be printed.
fn shown(key: &Key, value: &str) -> String {
    if key.secret && !value.is_empty() {
        return "***".to_owned();
    }
    // Of an address that cannot be read nobody knows where the password ends.
    let is_database = key.flag == "database-url" && !value.starts_with("sqlite:");
    if is_database && !value.is_empty() && address::parse(value).is_err() {
        return "***".to_owned();
    }
    without_secrets(value)
}

/// A value with the password of an address in it hidden.
fn without_secrets(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let mut shown = format!("{scheme}://");
    match authority.rsplit_once('@') {
        None => shown.push_str(authority),
        Some((user, host)) => {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            shown.push_str(name);
            if !password.is_empty() {
                shown.push_str(":***");
            }
            shown.push('@');
            shown.push_str(host);
        }
    }
    if address.contains('/') {
        shown.push('/');
        shown.push_str(path);
    }
    let mut between = '?';
    for part in query.split('&').filter(|part| !part.is_empty()) {
        shown.push(between);
        match part.split_once('=') {
            Some((name, _)) if name.contains("password") => {
                shown.push_str(&format!("{name}=***"));
            }
            _ => shown.push_str(part),
        }
        between = '&';
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        for (url, shown) in [
            (
                "postgres://ada:s@e:c@db:5432/x",
                "postgres://ada:***@db:5432/x",
            ),
            (
                "postgres://db/x?user=a&password=s",
                "postgres://db/x?user=a&password=***",
            ),
            ("postgres://db/x", "postgres://db/x"),
            ("sqlite:a/b.db", "sqlite:a/b.db"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let none = |_: &str| None;
        let settings = Settings::from_layers(&Flags::default(), none, "").unwrap();
        let again = Settings::from_layers(&Flags::default(), none, &settings.to_string()).unwrap();
        assert_eq!(again.text("listen"), settings.text("listen"));
    }
}
