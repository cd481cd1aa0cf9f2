//! Mail: letters are enqueued in the transaction of what causes them and sent by whichever node
//! comes first.
//!
//! A node connects before it claims a letter, so that a server that is down costs no letter a try.
//! What the server took is noted before anything else is sent; a node that is killed in between
//! leaves a claim that runs out, and the letter goes out again under the same `Message-ID`.

mod facts;
mod file;
pub mod letter;
mod post;
mod reply;
mod server;
mod together;
mod way;
mod when;
mod words;

use std::{sync::Arc, time::Duration};

use domain::{
    CommandId, ConversationId, Refusal, Timestamp, meeting::MeetingState, settings::Letters,
};
use futures::future::join_all;
use tokio::time::sleep;

pub use letter::Letter;
pub use server::{Encryption, MailServer, Sender};

use crate::{
    Casella, Error, SignedIn,
    clock::random,
    store::{
        self, Connection,
        mail::{Claimed, Outcome},
    },
};
use letter::{Told, What};
use post::{Post, Said};
use words::{Why, Worded};

/// How often it is looked whether letters wait.
const LOOK: Duration = Duration::from_secs(1);

/// How many letters a node sends at once.
const AT_ONCE: i64 = 4;

/// How long a claim lasts: longer than sending may take.
const CLAIM: Duration = Duration::from_secs(5 * 60);

/// How long a node waits before it tries a server again that takes nothing, the first time and at
/// most.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How long a letter waits that the server did not take, after the first time; twice as long each
/// time, at most as the second says.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(4 * 60 * 60);

/// How long a letter waits whose reader has got as many within the hour as strangers may cause.
const PUT_OFF: Duration = Duration::from_secs(5 * 60);

/// How long it is kept what became of letters.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Casella {
    /// Whether this Casella can send mail.
    pub fn has_mail(&self) -> bool {
        self.settings.mail.is_some()
    }

    /// What an agent has set of mails.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn letters(&self, who: &SignedIn) -> Result<Letters, Error> {
        let mut connection = self.store.reader().await?;
        Ok(store::mail::letters(&mut connection, who.agent.id).await?)
    }

    /// Replaces it.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] for words or an address that are too long; [`Refusal::Malformed`] for
    /// an address of a video room that is no http or https address.
    pub async fn set_letters(&self, who: &SignedIn, letters: Letters) -> Result<(), Error> {
        let letters = letters.checked()?;
        let mut connection = self.store.writer().await?;
        store::mail::set_letters(&mut connection, who.agent.id, &letters).await?;
        drop(connection);
        self.directory.refresh(&self.store).await?;
        Ok(())
    }

    /// Sends what waits until the node stops.
    pub(crate) async fn send_mail(self: Arc<Self>) {
        let Some(server) = self.settings.mail.clone() else {
            return;
        };
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = match self.send_due(&server).await {
                Ok(Sent::All) => {
                    pause = FIRST_PAUSE;
                    LOOK
                }
                Ok(Sent::ServerClosed) => {
                    let wait = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    wait
                }
                Err(error) => {
                    tracing::error!(%error, "the store does not say which letters wait");
                    LOOK
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(wait) => {}
            }
        }
    }

    async fn send_due(&self, server: &MailServer) -> Result<Sent, sqlx::Error> {
        let mut connection = self.store.reader().await?;
        let due = store::mail::due(&mut connection, self.clock.now(), AT_ONCE).await?;
        drop(connection);
        let all = join_all((0..due).map(|_| self.send_some(server))).await;
        let mut sent = Sent::All;
        for one in all {
            if one? == Sent::ServerClosed {
                sent = Sent::ServerClosed;
            }
        }
        Ok(sent)
    }

    /// Sends letters over one connection, until none waits or one was not taken.
    async fn send_some(&self, server: &MailServer) -> Result<Sent, sqlx::Error> {
        let connected = tokio::select! {
            () = self.stop.cancelled() => return Ok(Sent::All),
            connected = Post::connect(server) => connected,
        };
        let mut post = match connected {
            Ok(post) => post,
            Err(error) => {
                count("unreachable");
                let host = &server.host;
                tracing::warn!(host, error, "the mail server cannot be used; trying again");
                return Ok(Sent::ServerClosed);
            }
        };
        let mut sent = Sent::All;
        while !self.stop.is_cancelled()
            && let Some(claimed) = self.claim().await?
        {
            if self.is_over_bound(&claimed).await? {
                // What was enqueued in good time can be late together, after a server was down.
                count("put off");
                self.release(&claimed, self.clock.now() + PUT_OFF, false)
                    .await?;
                continue;
            }
            let Some(worded) = self.word(server, &claimed).await? else {
                self.note(&claimed, Outcome::Needless).await;
                continue;
            };
            match post.send(server, claimed.id, &worded).await {
                Said::Taken => {
                    self.note(&claimed, Outcome::Sent).await;
                    continue;
                }
                Said::Refused(error) => {
                    tracing::error!(mail = %claimed.id, error, "a letter was refused and is not sent");
                    self.note(&claimed, Outcome::Refused).await;
                }
                Said::Later(error) => {
                    count("put off");
                    tracing::warn!(mail = %claimed.id, error, "a letter was not taken; trying again");
                    let due = self.clock.now() + wait(claimed.tries);
                    self.release(&claimed, due, true).await?;
                }
                Said::Closed(error) => {
                    count("unreachable");
                    tracing::error!(
                        error,
                        "the mail server takes no letters from mail_from; trying again"
                    );
                    self.release(&claimed, self.clock.now(), false).await?;
                    sent = Sent::ServerClosed;
                }
            }
            break;
        }
        post.close().await;
        Ok(sent)
    }

    async fn claim(&self) -> Result<Option<Claimed>, sqlx::Error> {
        let now = self.clock.now();
        let claim = CommandId::new(now, random()).0;
        let mut connection = self.store.writer().await?;
        store::mail::claim(&mut connection, claim, now, now + CLAIM).await
    }

    /// Whether its reader has got, or is getting, as many letters within the hour as strangers may
    /// cause. A claim is committed before this counts, so that of letters that are claimed at once, on
    /// any node, never too many go.
    async fn is_over_bound(&self, claimed: &Claimed) -> Result<bool, sqlx::Error> {
        let Some((reader, most)) = claimed.bound else {
            return Ok(false);
        };
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let sent = store::mail::on_its_way(&mut connection, reader, claimed.id, now).await?;
        Ok(sent >= most)
    }

    async fn release(
        &self,
        claimed: &Claimed,
        due: Timestamp,
        tried: bool,
    ) -> Result<(), sqlx::Error> {
        let mut connection = self.store.writer().await?;
        store::mail::release(&mut connection, claimed, due, tried).await
    }

    /// The words of a letter; none if it is no longer called for.
    async fn word(
        &self,
        server: &MailServer,
        claimed: &Claimed,
    ) -> Result<Option<Worded>, sqlx::Error> {
        match serde_json::from_str::<Letter>(&claimed.letter) {
            Ok(letter) => self.word_letter(server, letter, claimed.created_at).await,
            Err(error) => {
                tracing::error!(mail = %claimed.id, %error, "a letter of the queue cannot be read");
                Ok(None)
            }
        }
    }

    async fn word_letter(
        &self,
        server: &MailServer,
        letter: Letter,
        enqueued_at: Timestamp,
    ) -> Result<Option<Worded>, sqlx::Error> {
        let mut connection = self.store.reader().await?;
        let (to, request, why) = match &letter {
            Letter::Reply { conversation } => {
                let unseen = self.unseen(&mut connection, *conversation, enqueued_at);
                return Ok(unseen.await?.as_ref().map(words::unseen));
            }
            Letter::Meeting {
                to_visitor,
                news,
                then,
            } => {
                let facts = self.facts(&mut connection, then, *to_visitor).await?;
                let Some((facts, visitor)) = facts else {
                    return Ok(None);
                };
                let agent = self.agent_as_reader(&mut connection, then.agent).await?;
                let to = if *to_visitor { Some(visitor) } else { agent };
                return Ok(to.map(|to| words::meeting(server, &to, *to_visitor, *news, &facts)));
            }
            Letter::ChatFailed { to, request } => (to, request, Why::ChatFailed),
            Letter::BookingFailed { to, agent, request } => {
                (to, request, Why::BookingFailed(agent))
            }
            Letter::Offered { to, request } => (to, request, Why::Offered),
            Letter::Together { to, told, more } => {
                let told = self.still_to_tell(&mut connection, told).await?;
                let to = self.agent_as_reader(&mut connection, *to).await?;
                let to = to.filter(|_| !told.is_empty() || *more > 0);
                return Ok(to.map(|to| together::word(server, &to, &told, *more)));
            }
        };
        if let Why::BookingFailed(_) = why {
            let meetings =
                store::meeting::of_conversation(&mut connection, request.conversation).await?;
            if meetings.iter().any(|row| row.state == MeetingState::Booked) {
                return Ok(None);
            }
        }
        let to = self.agent_as_reader(&mut connection, *to).await?;
        Ok(to.map(|to| words::told(server, &to, request, why)))
    }

    /// What an agent is still to be told of: whoever booked something else after all could book.
    async fn still_to_tell(
        &self,
        connection: &mut Connection,
        told: &[Told],
    ) -> Result<Vec<Told>, sqlx::Error> {
        let mut still = Vec::with_capacity(told.len());
        for told in told {
            if let What::BookingFailed(_) = told.what {
                let conversation = ConversationId(told.about);
                let meetings = store::meeting::of_conversation(connection, conversation).await?;
                if meetings.iter().any(|row| row.state == MeetingState::Booked) {
                    continue;
                }
            }
            still.push(told.clone());
        }
        Ok(still)
    }

    /// Notes what became of a letter. What the server took must not be sent again, so that this is
    /// tried until the store answers, or the claim runs out.
    async fn note(&self, claimed: &Claimed, outcome: Outcome) {
        count(outcome.word());
        let until = tokio::time::Instant::now() + CLAIM;
        loop {
            let noted = async {
                let mut connection = self.store.writer().await?;
                store::mail::done(&mut connection, claimed, outcome, self.clock.now()).await
            };
            match noted.await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(mail = %claimed.id, "the claim on a letter had run out: it may go out twice");
                    return;
                }
                Err(error) => {
                    tracing::error!(mail = %claimed.id, %error, "what became of a letter could not be kept");
                }
            }
            if tokio::time::Instant::now() > until {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Gives up what could not be sent in time, and forgets what is long done.
    pub(crate) async fn clear_mail(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut connection = self.store.writer().await?;
        for (about, kind) in store::mail::give_up(&mut connection, now).await? {
            count(Outcome::GivenUp.word());
            tracing::error!(%about, kind, "a letter could not be sent in time and was given up");
        }
        store::mail::forget_budget(&mut connection, now - store::mail::HOUR).await?;
        store::mail::forget(&mut connection, now - KEPT).await
    }
}

/// How far a node came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// Nothing is left that could be sent now.
    All,
    /// The server takes nothing now.
    ServerClosed,
}

/// Counts what became of a letter; the words are the metric's, and no others.
pub(crate) fn count(outcome: &'static str) {
    metrics::counter!("casella_mail_total", "outcome" => outcome).increment(1);
}

/// How long a letter waits that was tried so often.
fn wait(tries: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

/// What agents type, checked.
trait Checked: Sized {
    fn checked(self) -> Result<Self, Refusal>;
}

impl Checked for Letters {
    fn checked(self) -> Result<Self, Refusal> {
        use domain::settings::{INVITATION_CHARS, VIDEO_BYTES};
        let video = self.video.trim();
        let fine = video.is_empty()
            || (["https://", "http://"]
                .iter()
                .any(|scheme| video.len() > scheme.len() && video.starts_with(scheme))
                && !video.contains(|c: char| c.is_whitespace() || c.is_control()));
        if !fine {
            return Err(Refusal::Malformed);
        }
        if self.invitation.chars().count() > INVITATION_CHARS || video.len() > VIDEO_BYTES {
            return Err(Refusal::TooLarge);
        }
        Ok(Self {
            invitation: self.invitation.replace('\0', "").trim().to_owned(),
            video: video.to_owned(),
            requests: self.requests,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_four_hours() {
        let minutes = |tries| wait(tries).as_secs() / 60;
        assert_eq!([1, 2, 3, 4].map(minutes), [1, 2, 4, 8]);
        assert_eq!(minutes(9), 240);
        assert_eq!(minutes(u32::MAX), 240);
    }

    #[test]
    fn a_video_room_is_an_address_of_the_web() {
        let with = |video: &str| {
            let letters = Letters {
                video: video.to_owned(),
                ..Letters::default()
            };
            letters.checked()
        };
        assert_eq!(
            with(" https://meet.example.com/a ").unwrap().video,
            "https://meet.example.com/a"
        );
        assert_eq!(with("").unwrap().video, "");
        for wrong in ["meet", "javascript:alert(1)", "https://", "https://a b"] {
            assert_eq!(with(wrong), Err(Refusal::Malformed), "{wrong}");
        }
        assert_eq!(
            with(&format!("https://{}", "a".repeat(500))),
            Err(Refusal::TooLarge)
        );
    }
}
