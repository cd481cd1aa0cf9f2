//! Speaks SMTP: one connection for as many letters as wait.

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Encryption, MailServer, way, words::Worded};

/// How long connecting and signing in may take.
const CONNECT: Duration = Duration::from_secs(30);

/// How long one letter may take. A claim on it lasts longer.
pub const SEND: Duration = Duration::from_secs(120);

/// What the server made of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Taken,
    /// Never: this letter, or this reader.
    Refused(String),
    /// Not now; perhaps it was taken all the same, if the connection broke at the end.
    Later(String),
    /// It takes no letters from us at all, now.
    Closed(String),
}

/// A connection to the server, signed in.
pub struct Post {
    connection: AsyncSmtpConnection,
}

impl Post {
    /// Connects, encrypts and signs in.
    ///
    /// # Errors
    /// What went wrong, in words for the log.
    pub async fn connect(server: &MailServer) -> Result<Self, String> {
        match timeout(CONNECT, Self::try_to_connect(server)).await {
            Ok(Ok(connection)) => Ok(Self { connection }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err("it did not answer in time".to_owned()),
        }
    }

    async fn try_to_connect(server: &MailServer) -> Result<AsyncSmtpConnection, String> {
        let hello = hello(&server.public_url);
        let stream = way::to(server).await.map_err(|error| error.to_string())?;
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &hello)
            .await
            .map_err(|error| reason(&error))?;
        let said = Self::sign_in(server, &hello, &mut connection).await;
        said.map_err(|error| reason(&error))?;
        Ok(connection)
    }

    async fn sign_in(
        server: &MailServer,
        hello: &ClientId,
        connection: &mut AsyncSmtpConnection,
    ) -> Result<(), lettre::transport::smtp::Error> {
        if server.encryption == Encryption::StartTls {
            let tls = TlsParameters::new(server.host.clone())?;
            connection.starttls(tls, hello).await?;
        }
        if let Some((user, password)) = &server.login {
            let login = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &login)
                .await?;
        }
        Ok(())
    }

    /// Hands a letter over. After anything but [`Said::Taken`] the connection is not to be used.
    pub async fn send(&mut self, server: &MailServer, id: Uuid, letter: &Worded) -> Said {
        let (to, message) = match message(server, id, letter) {
            Ok(message) => message,
            Err(error) => return Said::Refused(error),
        };
        match timeout(SEND, self.hand_over(server, to, &message)).await {
            Ok(said) => said,
            Err(_) => Said::Later("the server did not answer in time".to_owned()),
        }
    }

    async fn hand_over(&mut self, server: &MailServer, to: Address, message: &[u8]) -> Said {
        let mut parameters = Vec::new();
        let from = &server.from.mailbox().email;
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !ascii(&to) || !ascii(from) {
            let info = self.connection.server_info();
            if !info.supports_feature(Extension::SmtpUtfEight) {
                return Said::Refused("the server takes no such address".to_owned());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let from = Mail::new(Some(from.clone()), parameters);
        if let Err(error) = self.connection.command(from).await {
            return Said::Closed(reason(&error));
        }
        if let Err(error) = self.connection.command(Rcpt::new(to, Vec::new())).await {
            return said(&error);
        }
        if let Err(error) = self.connection.command(Data).await {
            return said(&error);
        }
        match self.connection.message(message).await {
            Ok(_) => Said::Taken,
            Err(error) => said(&error),
        }
    }

    /// Takes leave.
    pub async fn close(mut self) {
        let _ = timeout(CONNECT, self.connection.abort()).await;
    }
}

fn said(error: &lettre::transport::smtp::Error) -> Said {
    if error.is_permanent() {
        Said::Refused(reason(error))
    } else {
        Said::Later(reason(error))
    }
}

/// The error with what caused it.
fn reason(error: &lettre::transport::smtp::Error) -> String {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !reason.contains(&words) {
            reason.push_str(": ");
            reason.push_str(&words);
        }
        cause = error.source();
    }
    reason
}

/// How this Casella calls itself: by the host under which browsers know it.
fn hello(public_url: &str) -> ClientId {
    let host = public_url.rsplit("://").next().unwrap_or_default();
    let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']'));
    if let Some(address) = bracketed.and_then(|(address, _)| address.parse().ok()) {
        return ClientId::Ipv6(address);
    }
    let name = host.split(':').next().unwrap_or_default();
    match name.parse() {
        Ok(address) => ClientId::Ipv4(address),
        Err(_) => ClientId::Domain(name.to_owned()),
    }
}

/// The letter as it goes over the line, in ASCII alone.
fn message(server: &MailServer, id: Uuid, letter: &Worded) -> Result<(Address, Vec<u8>), String> {
    let mailbox = |name: Option<&str>, email: &str| -> Result<Mailbox, String> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        Ok(Mailbox::new(name.map(str::to_owned), address(email)?))
    };
    let to = mailbox(letter.name.as_deref(), &letter.email)?;
    let from = server.from.mailbox().clone();
    let mut message = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(&letter.subject)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(SystemTime::now())
        .raw_header(HeaderValue::new(
            // No answering machine is to answer (RFC 3834).
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(answers) = &letter.answers_to {
        // An address that is none keeps nobody from reading the letter.
        if let Ok(answers) = mailbox(answers.name.as_deref(), &answers.email) {
            message = message.reply_to(answers);
        }
    }
    let built = match &letter.invitation {
        None => message.singlepart(SinglePart::plain(letter.text.clone())),
        Some((method, calendar)) => {
            let kind = format!("text/calendar; charset=utf-8; method={method}");
            let kind = ContentType::parse(&kind).map_err(|error| error.to_string())?;
            let file = ContentType::parse("application/ics").map_err(|error| error.to_string())?;
            // Programs that know invitations take the alternative, others show the file.
            message.multipart(
                MultiPart::mixed()
                    .multipart(
                        MultiPart::alternative()
                            .singlepart(SinglePart::plain(letter.text.clone()))
                            .singlepart(
                                SinglePart::builder()
                                    .content_type(kind)
                                    .body(calendar.clone()),
                            ),
                    )
                    .singlepart(
                        Attachment::new("meeting.ics".to_owned()).body(calendar.clone(), file),
                    ),
            )
        }
    };
    let built = built.map_err(|error| error.to_string())?;
    Ok((to.email, built.formatted()))
}

/// An address with its domain as DNS writes it.
fn address(email: &str) -> Result<Address, String> {
    let none = || format!("`{email}` is no address");
    let (local, domain) = email.rsplit_once('@').ok_or_else(none)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| none())?;
    Address::new(local, domain).map_err(|_| none())
}
