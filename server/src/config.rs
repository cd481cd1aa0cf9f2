//! What an operator can set. Each value comes from a flag, a `CASELLA_…` variable or the TOML
//! file, in this order of strength, else it has a default. [`KEYS`] lists all of them.

mod key;
mod mail;
mod network;
mod source;
mod times;

use std::{
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use backend::{MailServer, OAuthApp, from_hex, store::address};
use domain::site::Origin;

pub use key::{KEYS, Key};
pub use network::Network;
pub use source::{Flags, Settings, Source};
pub use times::Times;

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`.
    pub database_url: String,
    /// Holds the embedded database; created if missing.
    pub data_dir: PathBuf,
    /// Seals secrets in the database; none: the one of the data directory, made if missing. All
    /// nodes of a database need the same.
    pub secret_key: Option<[u8; 32]>,
    /// With which the first admin is made; none: Casella makes one.
    pub setup_code: Option<String>,
    /// Hosts (`host:port`) to which requests may go although they are not public.
    pub allow_outgoing: Vec<String>,
    /// Who takes the mail; none: there is no mail.
    pub mail: Option<MailServer>,
    /// What is registered with Google and Microsoft; at most one of each.
    pub calendar_apps: Vec<OAuthApp>,
    /// Where inbox and chat are served.
    pub listen: SocketAddr,
    /// The origin under which browsers reach Casella; none: only this machine does, and the `Host` of
    /// each request decides.
    pub public_url: Option<Origin>,
    /// Where `/metrics` is served by itself; none: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Who knows it may read `/metrics` at `listen`, too; none: nobody may.
    pub metrics_token: Option<String>,
    /// The folder of what browsers load. Not read by a binary that carries it inside.
    pub assets: PathBuf,
    /// Which log lines are written, as `tracing` directives.
    pub log: String,
    pub log_format: LogFormat,
    /// Where `serve --demo` serves the demo company's page.
    pub demo_listen: SocketAddr,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub proxies: Vec<Network>,
    pub limits: LimitSettings,
    /// How long a stop waits for connections to end.
    pub drain: Duration,
    /// Not settings: only tests shorten them.
    pub times: Times,
}

/// What is said where no server takes the mail.
pub const NO_MAIL: &str = "There is no mail: no invitations to meetings and no replies to visitors who have left. \
     Set smtp_host, mail_from and public_url";

/// The shortest setup code, in characters.
const SETUP_CODE_CHARS: usize = 16;

/// How much one address or connection may ask for. The defaults let an office behind one
/// address work.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// Open connections together, as far as the system gives handles.
    pub connections: NonZeroUsize,
    /// Open connections of one address, idle ones counted.
    pub connections_per_address: NonZeroU32,
    /// Requests a second of one address; twenty times as many at once.
    pub requests_per_second: NonZeroU32,
    /// Attempts to sign in a minute of one address.
    pub sign_ins_per_minute: NonZeroU32,
    /// Frames a second of one connection; eight times as many at once.
    pub frames_per_second: NonZeroU32,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A wrong value: names the key, where the value came from, and what was expected.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    key: String,
    source: String,
    expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.key, self.source, self.expected)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first wrong value, with what was expected.
    pub fn parse(settings: &Settings) -> Result<Self, ConfigError> {
        let data_dir = PathBuf::from(settings.text("data-dir"));
        let database_url = match settings.text("database-url") {
            "" => format!("sqlite:{}", data_dir.join("casella.db").display()),
            url => url.to_owned(),
        };
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|start| database_url.starts_with(start)) {
            return Err(settings.wrong("database-url"));
        }
        if !database_url.starts_with("sqlite:")
            && let Err(why) = address::parse(&database_url)
        {
            return Err(settings.refused("database-url", &why));
        }
        Ok(Self {
            database_url,
            data_dir,
            secret_key: match settings.text("secret-key") {
                "" => None,
                hex => Some(from_hex(hex).ok_or_else(|| settings.wrong("secret-key"))?),
            },
            setup_code: setup_code(settings)?,
            allow_outgoing: hosts(settings)?,
            mail: mail::server(settings)?,
            calendar_apps: calendar_apps(settings)?,
            listen: settings.parse("listen")?,
            public_url: match settings.text("public-url") {
                "" => None,
                _ => Some(settings.parse("public-url")?),
            },
            metrics_listen: match settings.text("metrics-listen") {
                "" => None,
                _ => Some(settings.parse("metrics-listen")?),
            },
            metrics_token: match settings.text("metrics-token").trim() {
                "" => None,
                token => Some(token.to_owned()),
            },
            assets: PathBuf::from(settings.text("assets")),
            log: log_filter(settings)?,
            log_format: settings.parse("log-format")?,
            demo_listen: settings.parse("demo-listen")?,
            proxies: settings.list("proxies")?,
            limits: LimitSettings {
                connections: settings.parse("connections")?,
                connections_per_address: settings.parse("connections-per-address")?,
                requests_per_second: settings.parse("requests-per-second")?,
                sign_ins_per_minute: settings.parse("sign-ins-per-minute")?,
                frames_per_second: settings.parse("frames-per-second")?,
            },
            drain: Duration::from_secs(settings.parse("drain-seconds")?),
            times: Times::default(),
        })
    }
}

/// The code with which the first admin is made, if machines are to know it beforehand.
fn setup_code(settings: &Settings) -> Result<Option<String>, ConfigError> {
    match settings.text("setup-code").trim() {
        "" => Ok(None),
        code if code.chars().count() >= SETUP_CODE_CHARS => Ok(Some(code.to_owned())),
        _ => Err(settings.wrong("setup-code")),
    }
}

/// Hosts with ports.
fn hosts(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    let hosts: Vec<String> = settings.list("allow-outgoing")?;
    let fine = |host: &String| {
        host.rsplit_once(':')
            .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
    };
    if hosts.iter().all(fine) {
        Ok(hosts)
    } else {
        Err(settings.wrong("allow-outgoing"))
    }
}

/// What is set of applications; both of id and secret, or neither.
fn calendar_apps(settings: &Settings) -> Result<Vec<OAuthApp>, ConfigError> {
    type Make = fn(String, String) -> OAuthApp;
    let known: [(&str, &str, Make); 2] = [
        ("google-client-id", "google-client-secret", OAuthApp::google),
        (
            "outlook-client-id",
            "outlook-client-secret",
            OAuthApp::outlook,
        ),
    ];
    let mut apps = Vec::new();
    for (id, secret, make) in known {
        let value = |flag| settings.text(flag).trim().to_owned();
        match (value(id), value(secret)) {
            (client, key) if client.is_empty() && key.is_empty() => {}
            (client, _) if client.is_empty() => return Err(settings.wrong(id)),
            (_, key) if key.is_empty() => return Err(settings.wrong(secret)),
            (client, key) => apps.push(make(client, key)),
        }
    }
    Ok(apps)
}

fn log_filter(settings: &Settings) -> Result<String, ConfigError> {
    let filter = settings.text("log");
    match tracing_subscriber::EnvFilter::builder().parse(filter) {
        Ok(_) => Ok(filter.to_owned()),
        Err(_) => Err(settings.wrong("log")),
    }
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use backend::Encryption;

    use super::*;

    fn config(variables: &[(&str, &str)], file: &str) -> Result<Config, ConfigError> {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::parse(&Settings::from_layers(&Flags::default(), variable, file)?)
    }

    #[test]
    fn the_defaults_are_a_node_on_loopback_with_a_file() {
        let config = config(&[], "").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(config.database_url, "sqlite:./data/casella.db");
    }

    #[test]
    fn a_variable_is_stronger_than_the_file() {
        let file = "listen = \"127.0.0.1:1\"\ndrain_seconds = 3";
        let config = config(&[("CASELLA_LISTEN", "127.0.0.1:2")], file).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.drain, Duration::from_secs(3));
    }

    #[test]
    fn a_wrong_value_names_its_key_where_it_stands_and_what_was_expected() {
        let error = config(&[("CASELLA_LISTEN", "3000")], "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "listen (CASELLA_LISTEN): expected an address and port like 127.0.0.1:3000, not `3000`"
        );
        let error = config(&[], "log_format = \"xml\"").unwrap_err();
        assert!(
            error.to_string().starts_with("log_format (file):"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_key_of_the_file_is_refused() {
        let error = config(&[], "listne = \"127.0.0.1:1\"").unwrap_err();
        assert!(error.to_string().contains("listne"), "{error}");
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits_and_is_never_shown() {
        let key = "0a".repeat(32);
        let set = [("CASELLA_SECRET_KEY", key.as_str())];
        assert_eq!(config(&set, "").unwrap().secret_key, Some([10; 32]));
        let error = config(&[("CASELLA_SECRET_KEY", "geheim")], "").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        assert!(!error.contains("geheim"), "{error}");
    }

    #[test]
    fn a_host_that_may_be_reached_has_a_port() {
        let allow = |hosts| config(&[("CASELLA_ALLOW_OUTGOING", hosts)], "");
        let hosts = allow("127.0.0.1:8080, [::1]:80").unwrap().allow_outgoing;
        assert_eq!(hosts, ["127.0.0.1:8080", "[::1]:80"]);
        assert!(allow("127.0.0.1").is_err());
    }

    #[test]
    fn mail_needs_a_server_a_sender_and_an_address_for_its_links() {
        assert!(config(&[], "").unwrap().mail.is_none());
        let host = ("CASELLA_SMTP_HOST", "smtp.example.com");
        let from = ("CASELLA_MAIL_FROM", "Example <chat@example.com>");
        let url = ("CASELLA_PUBLIC_URL", "https://chat.example.com");
        let mail = config(&[host, from, url], "").unwrap().mail.unwrap();
        assert_eq!((mail.port, mail.from.address()), (587, "chat@example.com"));
        let tls = ("CASELLA_SMTP_ENCRYPTION", "tls");
        let mail = config(&[host, from, url, tls], "").unwrap().mail.unwrap();
        assert_eq!((mail.port, mail.encryption), (465, Encryption::Tls));
        for (set, key) in [
            (vec![host, from], "public_url"),
            (vec![host, url], "mail_from"),
            (
                vec![host, from, url, ("CASELLA_SMTP_USER", "a")],
                "smtp_password",
            ),
            (
                vec![host, from, url, ("CASELLA_SMTP_PORT", "many")],
                "smtp_port",
            ),
            (
                vec![host, from, url, ("CASELLA_SMTP_ENCRYPTION", "ssl")],
                "smtp_encryption",
            ),
            (
                vec![("CASELLA_SMTP_HOST", "smtp.example.com:25"), from, url],
                "smtp_host",
            ),
            (vec![host, ("CASELLA_MAIL_FROM", "me"), url], "mail_from"),
        ] {
            let error = config(&set, "").unwrap_err().to_string();
            assert!(error.starts_with(key), "{error}");
        }
    }

    #[test]
    fn the_password_of_mail_is_never_shown() {
        let variable = |name: &str| (name == "CASELLA_SMTP_PASSWORD").then(|| "geheim".to_owned());
        let settings = Settings::from_layers(&Flags::default(), variable, "").unwrap();
        let shown = settings.to_string();
        assert!(!shown.contains("geheim"), "{shown}");
        assert!(
            shown.contains("smtp_password = \"***\" # variable"),
            "{shown}"
        );
        assert!(shown.contains("# There is no mail"), "{shown}");
    }

    #[test]
    fn an_application_has_an_id_and_a_secret() {
        let id = ("CASELLA_GOOGLE_CLIENT_ID", "casella");
        let secret = ("CASELLA_GOOGLE_CLIENT_SECRET", "geheim");
        assert_eq!(config(&[], "").unwrap().calendar_apps.len(), 0);
        assert_eq!(config(&[id, secret], "").unwrap().calendar_apps.len(), 1);
        for (set, missing) in [(id, "google_client_secret"), (secret, "google_client_id")] {
            let error = config(&[set], "").unwrap_err().to_string();
            assert!(error.starts_with(missing), "{error}");
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn a_wrong_database_url_does_not_show_its_password() {
        for url in [
            "mysql://u:geheim@db/x",
            "mysql://u:geheim#geheim/geheim?geheim@db/geheim",
            "postgres://u:#geheim@h/db",
            "postgres://u:geheim/w%rd@h/db",
            "postgres://u:geheim?geheim@h/db",
            "u:geheim@db",
        ] {
            let error = config(&[("CASELLA_DATABASE_URL", url)], "").unwrap_err();
            let error = error.to_string();
            assert!(!error.contains("geheim"), "{error}");
            let variable = |name: &str| (name == "CASELLA_DATABASE_URL").then(|| url.to_owned());
            let settings = Settings::from_layers(&Flags::default(), variable, "").unwrap();
            assert!(!settings.to_string().contains("geheim"), "{settings}");
        }
    }

    #[test]
    fn a_password_of_the_database_that_is_not_encoded_is_told_to_be_and_not_shown() {
        let url = [("CASELLA_DATABASE_URL", "postgres://u:p#ss/w%rd@h/db")];
        let error = config(&url, "").unwrap_err().to_string();
        assert!(
            error.starts_with("database_url (CASELLA_DATABASE_URL): expected postgres://USER:"),
            "{error}"
        );
        assert_eq!(error.matches("encode").count(), 1, "{error}");
        for part in ["p#ss", "ss/w", "w%rd", "u:p"] {
            assert!(!error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_secret_is_never_a_flag_which_others_can_see() {
        let secrets = KEYS
            .iter()
            .filter(|key| key.secret)
            .map(|key| (key.flag, "geheim"));
        let url = ("database-url", "postgres://u:geheim@h/db");
        for (flag, value) in
            secrets.chain([url, ("database-url", "postgres://h/db?password=geheim")])
        {
            let flags = Flags::of(flag, value);
            let error = Settings::from_layers(&flags, |_| None, "").unwrap_err();
            let error = error.to_string();
            let variable = format!("CASELLA_{}", flag.replace('-', "_").to_uppercase());
            assert!(
                error.contains(&variable) && !error.contains("geheim"),
                "{error}"
            );
        }
        for url in [
            "sqlite:a.db",
            "postgres://u@h/db",
            "postgres:///x?host=/run",
        ] {
            let flags = Flags::of("database-url", url);
            assert!(Settings::from_layers(&flags, |_| None, "").is_ok(), "{url}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_not_shown() {
        let error = config(&[], "log = \"info\"\nsmtp_password = geheim").unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("line 2") && !error.contains("geheim"),
            "{error}"
        );
    }
}
