//! The server that takes the mail.

use backend::{Encryption, MailServer, Sender};

use super::{ConfigError, Settings};

/// What is set of it; none if nobody takes mail.
///
/// # Errors
/// A wrong value, or one that is missing beside the others.
pub fn server(settings: &Settings) -> Result<Option<MailServer>, ConfigError> {
    let host = settings.text("smtp-host").trim();
    let text = |flag| Some(settings.text(flag).trim()).filter(|text| !text.is_empty());
    let encryption = match text("smtp-encryption") {
        Some("starttls") => Encryption::StartTls,
        Some("tls") => Encryption::Tls,
        Some("none") => Encryption::None,
        _ => return Err(settings.wrong("smtp-encryption")),
    };
    let port = match text("smtp-port") {
        Some(_) => settings.parse("smtp-port")?,
        None => encryption.port(),
    };
    let from = match text("mail-from") {
        Some(from) => Some(Sender::parse(from).ok_or_else(|| settings.wrong("mail-from"))?),
        None => None,
    };
    if host.is_empty() {
        return Ok(None);
    }
    if host.contains([' ', '/', '@'])
        || (host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_err())
    {
        return Err(settings.wrong("smtp-host"));
    }
    let login = match (text("smtp-user"), text("smtp-password")) {
        (Some(user), Some(password)) => Some((user.to_owned(), password.to_owned())),
        (None, None) => None,
        (Some(_), None) => return Err(settings.wrong("smtp-password")),
        (None, Some(_)) => return Err(settings.wrong("smtp-user")),
    };
    // Letters carry links, and no request says under which name browsers know this Casella.
    let public: domain::site::Origin = settings.parse("public-url")?;
    Ok(Some(MailServer {
        host: host.to_owned(),
        port,
        encryption,
        login,
        from: from.ok_or_else(|| settings.wrong("mail-from"))?,
        public_url: public.as_str().to_owned(),
    }))
}
