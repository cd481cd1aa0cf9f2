//! What an agent's inbox asks by request: signing in and reading whole conversations.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::{
    ConversationId,
    inbox::{ListKey, ListPage, OpenConversation, Tab},
    message::{Message, Seq},
};
use reqwest::header;
use serde::{Serialize, de::DeserializeOwned};

use crate::socket::Whence;

/// How long one request may take. Signing in hashes a password, slowly so on purpose.
const REQUEST: Duration = Duration::from_secs(20);

/// An agent's browser: knows its session.
#[derive(Clone)]
pub struct Inbox {
    client: reqwest::Client,
    /// `name=value`, as the `Cookie` header carries it.
    pub cookie: String,
}

impl Inbox {
    /// Signs in.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub async fn sign_in(address: &str, email: &str, password: &str) -> Result<Self> {
        Self::sign_in_from(address, email, password, Whence::default()).await
    }

    /// The same for an agent who appears as `whence`.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub async fn sign_in_from(
        address: &str,
        email: &str,
        password: &str,
        whence: Whence,
    ) -> Result<Self> {
        let mut headers = header::HeaderMap::new();
        if let Some(client) = whence.forwarded {
            headers.insert("x-forwarded-for", client.to_string().parse()?);
        }
        let client = reqwest::Client::builder()
            .timeout(REQUEST)
            .local_address(whence.from)
            .default_headers(headers)
            .build()?;
        let answer = post(&client, address, "sign-in", None, &(email, password)).await?;
        let cookie = answer
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|cookie| cookie.to_str().ok())
            .and_then(|cookie| cookie.split(';').next())
            .context("the sign-in brought no cookie")?
            .to_owned();
        Ok(Self { client, cookie })
    }

    /// The agent's own active conversations.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub async fn active(&self, address: &str) -> Result<Vec<ConversationId>> {
        let after: Option<ListKey> = None;
        let page: ListPage = self.ask(address, "list", &(Tab::Active, after)).await?;
        Ok(page.rows.iter().map(|row| row.id).collect())
    }

    /// Everything of a conversation, as opened and scrolled to its beginning.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub async fn read(&self, address: &str, id: ConversationId) -> Result<Vec<Message>> {
        let open: OpenConversation = self.ask(address, "conversation", &(id,)).await?;
        let mut messages = open.messages;
        while let Some(first) = messages.first().filter(|first| first.seq > 1) {
            let before: Seq = first.seq;
            let mut earlier: Vec<Message> = self.ask(address, "earlier", &(id, before)).await?;
            if earlier.is_empty() {
                break;
            }
            earlier.append(&mut messages);
            messages = earlier;
        }
        Ok(messages)
    }

    /// Asks a function of the inbox.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        address: &str,
        function: &str,
        arguments: &impl Serialize,
    ) -> Result<T> {
        let answer = post(
            &self.client,
            address,
            function,
            Some(&self.cookie),
            arguments,
        )
        .await?;
        Ok(postcard::from_bytes(&answer.bytes().await?)?)
    }
}

async fn post(
    client: &reqwest::Client,
    address: &str,
    function: &str,
    cookie: Option<&str>,
    arguments: &impl Serialize,
) -> Result<reqwest::Response> {
    let mut request = client
        .post(format!("http://{address}/api/{function}"))
        .header(header::ORIGIN, format!("http://{address}"))
        .header(header::CONTENT_TYPE, "application/x-postcard")
        .header(header::ACCEPT, "application/x-postcard")
        .body(postcard::to_allocvec(arguments)?);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let answer = request.send().await?;
    if !answer.status().is_success() {
        bail!("/api/{function} answered {}", answer.status());
    }
    Ok(answer)
}
