//! The transcript file of an ended conversation, read and worded piece by piece: nobody who takes
//! it slowly holds more than that, and no connection to the store.

use std::sync::Arc;

use domain::{
    ConversationId, Language, Refusal, Timestamp,
    conversation::State,
    message::Seq,
    texts::{Table, Words, keys::SharedText},
    transcript::{head, lines},
};
use jiff::{Timestamp as Instant, Zoned, tz::TimeZone};

use crate::{
    Casella, Error, SignedIn,
    store::{self, message::Portion},
};

/// A file that is being read.
pub struct Transcript {
    casella: Arc<Casella>,
    conversation: ConversationId,
    /// The last message that was worded, and the last that there is.
    after: Seq,
    last: Seq,
    visitor: String,
    zone: TimeZone,
    words: Table,
    /// What stands above the messages, until it is taken.
    head: Option<String>,
}

fn local(zone: &TimeZone, at: Timestamp) -> Zoned {
    Instant::from_microsecond(at.0)
        .unwrap_or_default()
        .to_zoned(zone.clone())
}

impl Transcript {
    /// The next piece; none after the last.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        if self.after >= self.last {
            return Ok(None);
        }
        let mut connection = self.casella.store.reader().await?;
        let messages = store::message::after(
            &mut connection,
            &self.casella.addresses,
            self.conversation,
            self.after,
            Portion::PIECE,
        )
        .await?;
        let Some(last) = messages.last() else {
            return Ok(None);
        };
        self.after = last.seq;
        let time = |at| {
            local(&self.zone, at)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        };
        Ok(Some(lines(&messages, &self.visitor, &self.words, time)))
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn whole(mut self) -> Result<String, Error> {
        let mut file = String::new();
        while let Some(piece) = self.next().await? {
            file.push_str(&piece);
        }
        Ok(file)
    }
}

impl Casella {
    /// The transcript file of an ended conversation, in the zone of an IANA name (else UTC).
    ///
    /// # Errors
    /// As [`Casella::open_conversation`]; [`Refusal::NotNow`] before the end.
    pub async fn transcript(
        self: &Arc<Self>,
        who: &SignedIn,
        id: ConversationId,
        zone: &str,
        language: Language,
    ) -> Result<Transcript, Error> {
        let mut connection = self.store.reader().await?;
        let listed = self.readable(&mut connection, who, id).await?;
        let State::Ended { at, .. } = listed.conversation.state else {
            return Err(Refusal::NotNow.into());
        };
        let words = Table(language);
        let visitor = listed
            .visitor
            .unwrap_or_else(|| words.word(SharedText::Visitor).to_owned());
        let zone = domain::zone::zone(zone).unwrap_or(TimeZone::UTC);
        let offset = local(&zone, at).strftime("UTC%:z").to_string();
        Ok(Transcript {
            casella: Arc::clone(self),
            conversation: id,
            after: 0,
            last: listed.conversation.last,
            head: Some(head(&visitor, &offset, &words)),
            visitor,
            zone,
            words,
        })
    }
}
