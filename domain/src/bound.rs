//! Every bound of what one may send, keep or hold, in one table.
//!
//! The code that holds a bound takes its amount from here, the tests of the bounds go through
//! [`Bound::ALL`], and `docs/limits.md` is made from it. A bound that is met is counted in the
//! metric `casella_bound_met_total` under [`Bound::name`] and [`Per::name`], and whoever met it is
//! answered with [`Bound::refusal`].

use crate::Refusal;

/// Whom a bound counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// One message, frame, request, file or other thing that was sent.
    Item,
    Conversation,
    Visitor,
    Agent,
    /// One IPv4 address, or one /64 of IPv6.
    Address,
    /// One connection.
    Connection,
    /// One address that email goes to.
    Recipient,
    Site,
    /// One connected calendar account.
    Account,
    /// One booked meeting, as it is moved.
    Meeting,
    /// One running server.
    Node,
}

impl Per {
    /// The label `per` of the metric, and the words of the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Conversation => "conversation",
            Self::Visitor => "visitor",
            Self::Agent => "agent",
            Self::Address => "address",
            Self::Connection => "connection",
            Self::Recipient => "recipient",
            Self::Site => "site",
            Self::Account => "calendar account",
            Self::Meeting => "meeting",
            Self::Node => "server",
        }
    }
}

/// What a bound counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    Bytes,
    Characters,
    /// Things of the kind that the bound is about.
    Count,
    /// Things of that kind: so many at once, and one more each so many milliseconds.
    OneMoreEachMillis(u32),
    /// Bytes, as many again in the course of a day.
    BytesADay,
    Seconds,
}

macro_rules! bounds {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident $name:literal = $amount:expr, $unit:expr, per $per:ident,
            refused $refusal:ident $(, setting $setting:literal)?;
    )*) => {
        /// A bound. Each says what it counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Bound {$(
            $(#[doc = $doc])+
            $variant,
        )*}

        impl Bound {
            /// Every bound, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The label `bound` of the metric.
            pub const fn name(self) -> &'static str {
                match self {$(Self::$variant => $name,)*}
            }

            /// How much is allowed. Where an operator can change it: the default.
            pub const fn amount(self) -> usize {
                match self {$(Self::$variant => $amount,)*}
            }

            pub const fn unit(self) -> Unit {
                match self {$(Self::$variant => $unit,)*}
            }

            /// Who is counted together.
            pub const fn per(self) -> Per {
                match self {$(Self::$variant => Per::$per,)*}
            }

            /// What the refused one reads.
            pub const fn refusal(self) -> Refusal {
                match self {$(Self::$variant => Refusal::$refusal,)*}
            }

            /// The setting by which an operator changes the amount.
            pub const fn setting(self) -> Option<&'static str> {
                match self {$(Self::$variant => bounds!(@setting $($setting)?),)*}
            }

            /// What it counts, in words, for the documentation.
            pub const fn about(self) -> &'static str {
                match self {$(Self::$variant => concat!($($doc, "\n"),+),)*}
            }
        }
    };
    (@setting) => { None };
    (@setting $setting:literal) => { Some($setting) };
}

const KB: usize = 1024;
const MB: usize = 1024 * KB;

bounds! {
    /// Text of a message, in UTF-8.
    MessageBytes "message_bytes" = 16 * KB, Unit::Bytes, per Item, refused TooLarge;
    /// A frame that a client sends: a message and what is around it.
    FrameBytes "frame_bytes" = 24 * KB, Unit::Bytes, per Item, refused TooLarge;
    /// An attached file.
    FileBytes "file_bytes" = 10 * MB, Unit::Bytes, per Item, refused FileTooLarge;
    /// Attached files of a conversation that no message has sent.
    UnsentFiles "unsent_files" = 20, Unit::Count, per Conversation, refused TooMany;
    /// Files that a visitor attaches.
    VisitorFiles "visitor_files" = 50, Unit::OneMoreEachMillis(1_728_000), per Visitor,
        refused TooManyFiles;
    /// Content of files that a visitor attaches.
    VisitorFileBytes "visitor_file_bytes" = 200 * MB, Unit::BytesADay, per Visitor,
        refused TooManyFiles;
    /// Files that a visitor attaches, whoever it is.
    ConversationFiles "conversation_files" = 50, Unit::OneMoreEachMillis(1_728_000),
        per Conversation, refused TooManyFiles;
    /// Content of files that a visitor attaches, whoever it is.
    ConversationFileBytes "conversation_file_bytes" = 200 * MB, Unit::BytesADay,
        per Conversation, refused TooManyFiles;
    /// Files that visitors attach.
    AddressFiles "address_files" = 1_000, Unit::OneMoreEachMillis(86_400), per Address,
        refused TooManyFiles;
    /// Content of files that visitors attach.
    AddressFileBytes "address_file_bytes" = 3_000 * MB, Unit::BytesADay, per Address,
        refused TooManyFiles;
    /// Files that an agent attaches.
    AgentFiles "agent_files" = 1_000, Unit::OneMoreEachMillis(86_400), per Agent,
        refused TooManyFiles;
    /// Content of files that an agent attaches.
    AgentFileBytes "agent_file_bytes" = 4_000 * MB, Unit::BytesADay, per Agent,
        refused TooManyFiles;
    /// Files that come in at once; more wait for a moment.
    AddressUploads "address_uploads" = 32, Unit::Count, per Address, refused TooMany;
    /// Files that go out at once; more wait for a moment.
    AddressDownloads "address_downloads" = 128, Unit::Count, per Address, refused TooMany;
    /// Meetings ahead that a visitor has at a time.
    VisitorMeetings "visitor_meetings" = 10, Unit::Count, per Visitor, refused TooMany;
    /// Meetings that a visitor books within a day, whatever becomes of them.
    VisitorBookings "visitor_bookings" = 20, Unit::Count, per Visitor, refused TooMany;
    /// Bookings of meetings that are tried from one address: an office that plans its year, then one a
    /// minute.
    AddressBookings "address_bookings" = 200, Unit::OneMoreEachMillis(60_000), per Address,
        refused TooMany;
    /// Changes of one meeting: its visitor can cancel it after that, not move it again.
    MeetingChanges "meeting_changes" = 30, Unit::Count, per Meeting, refused TooMany;
    /// Letters within an hour that visitors cause about meetings, to an address that nobody vouched
    /// for. A meeting beyond that is booked, and no email is sent about it; news of one that was
    /// announced waits.
    MailToStranger "mail_to_stranger" = 3, Unit::Count, per Recipient, refused TooMany;
    /// The same to an address that a signed identity or an agent set.
    MailToVouched "mail_to_vouched" = 12, Unit::Count, per Recipient, refused TooMany;
    /// Letters within an hour about replies that somebody has not seen; what is more waits.
    MailOfReplies "mail_of_replies" = 2, Unit::Count, per Recipient, refused TooMany;
    /// Invitations within an hour to an agent; further meetings are named in one letter.
    MailOfMeetings "mail_of_meetings" = 4, Unit::Count, per Recipient, refused TooMany;
    /// Letters within an hour to an agent about one request each; further ones are named in one
    /// letter.
    MailOfRequests "mail_of_requests" = 3, Unit::Count, per Recipient, refused TooMany;
    /// Letters within an hour to an agent that name what came together; the next one waits, and
    /// names more.
    MailTogether "mail_together" = 3, Unit::Count, per Recipient, refused TooMany;
    /// What one letter names that came together; of what is more it says how much it is.
    MailNames "mail_names" = 50, Unit::Count, per Item, refused TooMany;
    /// Letters within an hour about what agents did to meetings; what is more waits.
    MailOfAgents "mail_of_agents" = 30, Unit::Count, per Recipient, refused TooMany;
    /// Meetings within an hour that are confirmed by email to a visitor.
    VisitorMail "visitor_mail" = 10, Unit::Count, per Visitor, refused TooMany;
    /// Meetings within an hour that are confirmed by email and were booked from one address.
    AddressMail "address_mail" = 60, Unit::Count, per Address, refused TooMany;
    /// Letters within an hour that visitors of a site cause; further ones go out two minutes later,
    /// and the log says so.
    SiteMail "site_mail" = 500, Unit::Count, per Site, refused TooMany;
    /// Requests: what an office sends that reconnects as one, then 200 a second.
    AddressRequests "address_requests" = 4_000, Unit::OneMoreEachMillis(5), per Address,
        refused TooMany, setting "requests-per-second";
    /// Attempts to sign in.
    AddressSignIns "address_sign_ins" = 30, Unit::OneMoreEachMillis(2_000), per Address,
        refused TooMany, setting "sign-ins-per-minute";
    /// Tries of a password for one email, by all browsers together in which nobody has signed in
    /// with it for 90 days; each other browser has as many of its own. Further ones are looked at
    /// after 1, 2, 4, 8, 16 s, then one each 30 s.
    AccountGuesses "account_guesses" = 5, Unit::Count, per Agent, refused TooMany;
    /// Passwords that wait to be hashed while as many are being hashed as there are cores.
    WaitingPasswords "waiting_passwords" = 128, Unit::Count, per Node, refused TooMany;
    /// Tries to make the first admin, each with a setup code.
    SetupTries "setup_tries" = 10, Unit::OneMoreEachMillis(6_000), per Node, refused TooMany;
    /// Frames: what was written offline at once, then 50 a second.
    ConnectionFrames "connection_frames" = 400, Unit::OneMoreEachMillis(20), per Connection,
        refused TooMany, setting "frames-per-second";
    /// Open connections.
    AddressConnections "address_connections" = 4_096, Unit::Count, per Address,
        refused TooMany, setting "connections-per-address";
    /// Open connections, as far as the system gives handles. At the bound, idle ones of whoever has
    /// most give way to a newcomer.
    NodeConnections "node_connections" = 16_384, Unit::Count, per Node,
        refused TooMany, setting "connections";
    /// Time until the first byte of a new connection.
    ConnectionFirstByte "connection_first_byte" = 10, Unit::Seconds, per Connection,
        refused Unavailable;
    /// Time for the head of a request.
    ConnectionHead "connection_head" = 10, Unit::Seconds, per Connection, refused Unavailable;
    /// Time between two requests.
    ConnectionIdle "connection_idle" = 60, Unit::Seconds, per Connection, refused Unavailable;
    /// Bytes that must move within each `pace_seconds` in which the server waits for the client to
    /// send or to read; less ends the request.
    PaceBytes "pace_bytes" = 8 * KB, Unit::Bytes, per Connection, refused Unavailable;
    /// The time of `pace_bytes`.
    PaceSeconds "pace_seconds" = 10, Unit::Seconds, per Connection, refused Unavailable;
    /// How much of the body of a refused request is read and dropped, so that a browser reads the
    /// answer.
    RestBytes "rest_bytes" = MB, Unit::Bytes, per Item, refused TooLarge;
    /// For how long it is.
    RestSeconds "rest_seconds" = 2, Unit::Seconds, per Item, refused TooLarge;
    /// Commands, marks and page views of visitors that wait to be stored: what an office sends that
    /// comes back as one.
    AddressTasks "address_tasks" = 2_048, Unit::Count, per Address, refused TooMany;
    /// The same of an agent, wherever they are.
    AgentTasks "agent_tasks" = 512, Unit::Count, per Agent, refused TooMany;
    /// The same of all together. Who has few waiting is taken all the same.
    WaitingBytes "waiting_bytes" = 32 * MB, Unit::Bytes, per Node, refused TooMany;
    /// Commands within a minute that the database can never store; one more ends the connection.
    UnfitCommands "unfit_commands" = 2, Unit::Count, per Connection, refused Malformed;
    /// What one reading of an account's calendars looks at, in steps: periods of rules, occurrences.
    CalendarSteps "calendar_steps" = 5_000_000, Unit::Count, per Account, refused TooLarge;
    /// The same of one event that recurs. It counts as busy from there on.
    CalendarSeriesSteps "calendar_series_steps" = 250_000, Unit::Count, per Item, refused TooLarge;
    /// What one reading of an account's calendars takes from its server.
    CalendarBytes "calendar_bytes" = 48 * MB, Unit::Bytes, per Account, refused TooLarge;
    /// Events of one reading of an account's calendars, those that recur once.
    CalendarEvents "calendar_events" = 50_000, Unit::Count, per Account, refused TooLarge;
    /// Busy stretches that are kept of an account. What lies close together is one then.
    CalendarStretches "calendar_stretches" = 20_000, Unit::Count, per Account, refused TooLarge;
    /// Attempts to connect a calendar. One at a time.
    CalendarConnects "calendar_connects" = 10, Unit::OneMoreEachMillis(30_000), per Agent,
        refused TooMany;
    /// Frames beyond what is allowed; more of them end the connection.
    ExcessFrames "excess_frames" = 48, Unit::Count, per Connection, refused TooMany;
    /// Messages of a visitor, in all chats and however often they connect: what was written offline
    /// at once.
    VisitorMessages "visitor_messages" = 300, Unit::OneMoreEachMillis(500), per Visitor,
        refused TooMany, setting "frames-per-second";
    /// Text of these messages, in KB, each rounded up.
    VisitorText "visitor_text" = 1_024, Unit::OneMoreEachMillis(100), per Visitor,
        refused TooMany, setting "frames-per-second";
    /// Chats that a visitor asks for, and messages left.
    VisitorChats "visitor_chats" = 30, Unit::OneMoreEachMillis(30_000), per Visitor,
        refused TooMany;
    /// What else a visitor, or the site's script for them, asks for: the end, ratings, attributes,
    /// events, bookings.
    VisitorCommands "visitor_commands" = 120, Unit::OneMoreEachMillis(1_000), per Visitor,
        refused TooMany;
    /// Free times that a visitor looks at.
    VisitorSlots "visitor_slots" = 30, Unit::OneMoreEachMillis(2_000), per Visitor,
        refused TooMany;
    /// What a visitor tells without waiting for an answer: typing, what was read, pages. More is
    /// passed over.
    VisitorNotices "visitor_notices" = 240, Unit::OneMoreEachMillis(500), per Visitor,
        refused TooMany;
    /// Messages of all visitors of an address.
    AddressMessages "address_messages" = 4_000, Unit::OneMoreEachMillis(5), per Address,
        refused TooMany, setting "requests-per-second";
    /// Text of these messages, in KB, each rounded up.
    AddressText "address_text" = 16_384, Unit::OneMoreEachMillis(2), per Address,
        refused TooMany, setting "requests-per-second";
    /// Chats that visitors of an address ask for, and messages left.
    AddressChats "address_chats" = 600, Unit::OneMoreEachMillis(500), per Address,
        refused TooMany, setting "requests-per-second";
    /// What an agent does: messages, notes, and all else.
    AgentCommands "agent_commands" = 600, Unit::OneMoreEachMillis(100), per Agent,
        refused TooMany, setting "frames-per-second";
    /// Text of an agent's messages and notes, in KB, each rounded up.
    AgentText "agent_text" = 4_096, Unit::OneMoreEachMillis(20), per Agent,
        refused TooMany, setting "frames-per-second";
    /// What an agent tells without waiting for an answer: typing, what was read. More is passed
    /// over.
    AgentNotices "agent_notices" = 600, Unit::OneMoreEachMillis(100), per Agent,
        refused TooMany, setting "frames-per-second";
    /// Messages of the visitor.
    ConversationMessages "conversation_messages" = 2_000, Unit::Count, per Conversation,
        refused Full;
    /// Text of the visitor's messages, in UTF-8.
    ConversationBytes "conversation_bytes" = 4 * MB, Unit::Bytes, per Conversation, refused Full;
    /// Messages of the visitor while no agent has accepted.
    RequestMessages "request_messages" = 20, Unit::Count, per Conversation,
        refused WaitForAnswer;
    /// Text of the visitor's messages while no agent has accepted, in UTF-8.
    RequestBytes "request_bytes" = 64 * KB, Unit::Bytes, per Conversation,
        refused WaitForAnswer;
    /// Messages of agents.
    AnswerMessages "answer_messages" = 4_000, Unit::Count, per Conversation, refused Full;
    /// Text of the agents' messages, in UTF-8.
    AnswerBytes "answer_bytes" = 8 * MB, Unit::Bytes, per Conversation, refused Full;
    /// Private notes.
    NoteCount "notes" = 500, Unit::Count, per Conversation, refused Full;
    /// Text of the private notes, in UTF-8.
    NoteBytes "note_bytes" = MB, Unit::Bytes, per Conversation, refused Full;
    /// Events that wait for a slow client, which then connects again and resumes.
    ConnectionEvents "connection_events" = 256, Unit::Count, per Connection, refused Unavailable;
    /// The bytes of such events.
    ConnectionBytes "connection_bytes" = MB, Unit::Bytes, per Connection, refused Unavailable;
}

/// The page of the documentation about all bounds, in Markdown.
#[cfg(feature = "texts")]
pub fn page() -> String {
    use core::fmt::Write;

    let mut page = String::from(
        "# Limits\n\n\
         Everything that one may send, keep or hold is bounded. This page is made from the table in\n\
         `domain/src/bound.rs` by its test. Each time somebody meets a bound, the metric\n\
         `casella_bound_met_total` counts it under its name.\n\n\
         | name | what | how much | per | who meets it reads | setting |\n\
         |---|---|---|---|---|---|\n",
    );
    for bound in Bound::ALL {
        let about = bound
            .about()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let setting = bound
            .setting()
            .map(|setting| format!("`{setting}`"))
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {about} | {} | {} | {} | {setting} |",
            bound.name(),
            amount(*bound),
            bound.per().name(),
            bound.refusal(),
        );
    }
    page
}

#[cfg(feature = "texts")]
fn amount(bound: Bound) -> String {
    let amount = bound.amount();
    match bound.unit() {
        Unit::Bytes if amount.is_multiple_of(MB) => format!("{} MB", amount / MB),
        Unit::BytesADay => format!("{} MB a day", amount / MB),
        Unit::Bytes if amount.is_multiple_of(KB) => format!("{} KB", amount / KB),
        Unit::Bytes => format!("{amount} bytes"),
        Unit::Characters => format!("{amount} characters"),
        Unit::Count => amount.to_string(),
        Unit::Seconds => format!("{amount} s"),
        Unit::OneMoreEachMillis(millis) => format!("{amount}, then one each {}", pause(millis)),
    }
}

#[cfg(feature = "texts")]
fn pause(millis: u32) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{} s", millis / 1_000),
        60_000..3_600_000 => format!("{} min", millis / 60_000),
        _ => format!("{} h", millis / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_has_a_name_of_its_own() {
        for (index, bound) in Bound::ALL.iter().enumerate() {
            let same = Bound::ALL
                .iter()
                .position(|other| other.name() == bound.name());
            assert_eq!(same, Some(index), "{}", bound.name());
            assert!(bound.amount() > 0, "{}", bound.name());
        }
    }

    /// Run with `CASELLA_WRITE_DOCS=1` to make the page anew.
    #[cfg(feature = "texts")]
    #[test]
    fn the_page_of_limits_is_the_table() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md");
        if std::env::var_os("CASELLA_WRITE_DOCS").is_some() {
            std::fs::write(file, page()).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(
            written,
            page(),
            "docs/limits.md is not of today: CASELLA_WRITE_DOCS=1 cargo test -p domain --features texts bound"
        );
    }
}
