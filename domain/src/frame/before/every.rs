//! Frames of all kinds, each variant at least once: what the tests send and are sent.

use uuid::Uuid;

use crate::{
    AgentId, CardId, CommandId, ConversationId, FileId, Language, MeetingId, Refusal, Timestamp,
    VisitorId,
    activity::{Rating, Score},
    availability::{Availability, Override},
    conversation::EndReason,
    frame::{
        agent::{
            AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, HandOver, Moved, Offer,
            Position, Row, RowState,
        },
        visitor::{Known, PageView, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
    },
    meeting::{MeetingChange, MeetingRow, MeetingState, Slot, Span},
    message::{Message, Note},
    visitor::{Attribute, Page, Profile, ProfileEdit, ProfileInput, Visitor},
};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number << 64 | 7)
}

const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(1 << 64 | 7));

fn page() -> Page {
    Page::new("https://example.com/à", "Prices", "https://search.example")
}

fn form() -> ProfileInput {
    ProfileInput {
        name: Some("Ada".to_owned()),
        job_title: Some("Engineer".to_owned()),
        email: Some("ada@example.com".to_owned()),
        phone: None,
    }
}

fn text() -> String {
    "Hello \u{1f600}\nthere".to_owned()
}

/// What a chat can ask for; a new variant does not compile until it is here.
pub fn visitor_commands() -> Vec<VisitorCommand> {
    let views = || {
        vec![PageView {
            page: page(),
            at: Timestamp(5),
        }]
    };
    let slot = Slot(Timestamp(1_790_000_000_000_000));
    let all = vec![
        VisitorCommand::Start {
            form: form(),
            first_message: Some(text()),
            views: views(),
        },
        VisitorCommand::Message {
            conversation: CONVERSATION,
            text: text(),
        },
        VisitorCommand::Leave {
            conversation: None,
            form: form(),
            text: text(),
            views: views(),
        },
        VisitorCommand::File {
            conversation: CONVERSATION,
            file: FileId(id(5)),
        },
        VisitorCommand::Rate {
            conversation: CONVERSATION,
            rating: Rating::LOWEST,
            comment: text(),
        },
        VisitorCommand::SetAttributes {
            attributes: vec![("Plan".to_owned(), "Pro".to_owned())],
        },
        VisitorCommand::Report {
            name: "Opened prices".to_owned(),
        },
        VisitorCommand::Identify { profile: form() },
        VisitorCommand::End {
            conversation: CONVERSATION,
        },
        VisitorCommand::Book {
            card: CardId(id(10)),
            slot,
            email: None,
            zone: "Europe/Rome".to_owned(),
        },
        VisitorCommand::Reschedule {
            meeting: MeetingId(id(9)),
            slot,
            zone: String::new(),
        },
        VisitorCommand::CancelMeeting {
            meeting: MeetingId(id(9)),
        },
    ];
    for command in &all {
        match command {
            VisitorCommand::Start { .. }
            | VisitorCommand::Message { .. }
            | VisitorCommand::Leave { .. }
            | VisitorCommand::File { .. }
            | VisitorCommand::Rate { .. }
            | VisitorCommand::SetAttributes { .. }
            | VisitorCommand::Report { .. }
            | VisitorCommand::Identify { .. }
            | VisitorCommand::End { .. }
            | VisitorCommand::Book { .. }
            | VisitorCommand::Reschedule { .. }
            | VisitorCommand::CancelMeeting { .. } => {}
        }
    }
    all
}

/// What a chat can send.
pub fn visitor_requests() -> Vec<VisitorRequest> {
    let hello = VisitorHello {
        site: "shop".parse().unwrap(),
        token: [7; 32],
        language: Language::Italian,
        known: vec![Known {
            conversation: CONVERSATION,
            last: 300,
        }],
        page: page(),
        zone: "Europe/Rome".to_owned(),
        identity: Some("a.b.c".to_owned()),
    };
    let mut all = vec![
        VisitorRequest::Hello(hello),
        VisitorRequest::Pong,
        VisitorRequest::Typing {
            conversation: CONVERSATION,
            typing: true,
        },
        VisitorRequest::Read {
            conversation: CONVERSATION,
            up_to: 129,
        },
        VisitorRequest::Page(page()),
        VisitorRequest::Slots {
            card: CardId(id(10)),
            from: Some(Timestamp(-1)),
        },
    ];
    all.extend(
        visitor_commands()
            .into_iter()
            .map(|command| VisitorRequest::Command {
                id: CommandId(id(8)),
                command,
            }),
    );
    for request in &all {
        match request {
            VisitorRequest::Hello(_)
            | VisitorRequest::Pong
            | VisitorRequest::Command { .. }
            | VisitorRequest::Typing { .. }
            | VisitorRequest::Read { .. }
            | VisitorRequest::Page(_)
            | VisitorRequest::Slots { .. } => {}
        }
    }
    all
}

/// What the inbox can ask for.
pub fn agent_commands() -> Vec<AgentCommand> {
    let conversation = CONVERSATION;
    let agent = AgentId(id(2));
    let edit = ProfileEdit {
        name: Some("Ada".to_owned()),
        ..ProfileEdit::default()
    };
    let all = vec![
        AgentCommand::Accept { conversation },
        AgentCommand::Decline { conversation },
        AgentCommand::Message {
            conversation,
            text: text(),
        },
        AgentCommand::File {
            conversation,
            file: FileId(id(5)),
        },
        AgentCommand::Note {
            conversation,
            text: text(),
        },
        AgentCommand::SetScore {
            conversation,
            score: Some(Score::LOWEST),
        },
        AgentCommand::EditVisitor { conversation, edit },
        AgentCommand::End { conversation },
        AgentCommand::SetAvailable { available: true },
        AgentCommand::ResetAvailability,
        AgentCommand::PickUp { conversation },
        AgentCommand::Transfer {
            conversation,
            to: agent,
            note: text(),
        },
        AgentCommand::TakeOver { conversation },
        AgentCommand::SetBlocked {
            conversation,
            blocked: true,
        },
        AgentCommand::SetUnavailable { agent },
        AgentCommand::ShareCalendar {
            conversation,
            agent,
        },
    ];
    for command in &all {
        match command {
            AgentCommand::Accept { .. }
            | AgentCommand::Decline { .. }
            | AgentCommand::Message { .. }
            | AgentCommand::File { .. }
            | AgentCommand::Note { .. }
            | AgentCommand::SetScore { .. }
            | AgentCommand::EditVisitor { .. }
            | AgentCommand::End { .. }
            | AgentCommand::SetAvailable { .. }
            | AgentCommand::ResetAvailability
            | AgentCommand::PickUp { .. }
            | AgentCommand::Transfer { .. }
            | AgentCommand::TakeOver { .. }
            | AgentCommand::SetBlocked { .. }
            | AgentCommand::SetUnavailable { .. }
            | AgentCommand::ShareCalendar { .. } => {}
        }
    }
    all
}

fn cursor() -> Cursor {
    Cursor(vec![position()])
}

fn position() -> Position {
    Position { run: 3, n: 70_000 }
}

/// What the inbox can send.
pub fn agent_requests() -> Vec<AgentRequest> {
    let mut all = vec![
        AgentRequest::Hello { cursor: cursor() },
        AgentRequest::Pong,
        AgentRequest::Typing {
            conversation: CONVERSATION,
            typing: false,
        },
        AgentRequest::Read {
            conversation: CONVERSATION,
            up_to: 5,
        },
    ];
    all.extend(
        agent_commands()
            .into_iter()
            .map(|command| AgentRequest::Command {
                id: CommandId(id(8)),
                command,
            }),
    );
    for request in &all {
        match request {
            AgentRequest::Hello { .. }
            | AgentRequest::Pong
            | AgentRequest::Command { .. }
            | AgentRequest::Typing { .. }
            | AgentRequest::Read { .. } => {}
        }
    }
    all
}

fn row(state: RowState) -> Row {
    Row {
        id: CONVERSATION,
        state,
        own: true,
        away: false,
        transfer_to: Some("Nora".to_owned()),
        version: 300,
        visitor: Some("Ada".to_owned()),
        page: "Prices".to_owned(),
        agent: "Zoë".to_owned(),
        preview: text(),
        preview_by_agent: true,
        activity_at: Timestamp(64),
        last: 9,
        unread: 2,
        agent_read: 3,
        visitor_read: 4,
        visitor_connected: true,
        score: Some(Score::LOWEST),
        rating: Some(Rating::LOWEST),
        closes_at: Some(Timestamp(i64::MAX)),
    }
}

fn offer(transfer: Option<HandOver>) -> Offer {
    Offer {
        conversation: CONVERSATION,
        version: 2,
        visitor: None,
        page: "Prices".to_owned(),
        first_words: text(),
        expires_at: Timestamp(65),
        transfer,
    }
}

fn note() -> Note {
    Note {
        n: 1,
        after: 2,
        at: Timestamp(3),
        command: CommandId(id(8)),
        agent: AgentId(id(2)),
        name: "Zoë".to_owned(),
        text: text(),
    }
}

fn person() -> Visitor {
    let profile = form().parse().unwrap();
    let attribute = Attribute {
        name: "Plan".to_owned().try_into().unwrap(),
        value: "Pro".to_owned().try_into().unwrap(),
    };
    Visitor {
        id: VisitorId(id(11)),
        profile: Profile {
            crm_status: "Lead".to_owned().try_into().ok(),
            ..profile
        },
        page: page(),
        user_agent: "Browser/1".to_owned(),
        language: "it".to_owned(),
        zone: "Europe/Rome".to_owned(),
        attributes: vec![attribute],
        signed: true,
        blocked: false,
        created_at: Timestamp(1),
    }
}

fn availability() -> Availability {
    Availability {
        available: true,
        over: Some(Override {
            available: true,
            until: Timestamp(70),
            at_midnight: true,
        }),
        missed: true,
    }
}

fn meeting(state: MeetingState) -> MeetingRow {
    MeetingRow {
        meeting: MeetingId(id(9)),
        card: CardId(id(10)),
        conversation: CONVERSATION,
        agent: AgentId(id(2)),
        agent_name: "Zoë".to_owned(),
        agent_disabled: true,
        visitor: Some("Ada".to_owned()),
        email: "ada@example.com".to_owned(),
        zone: "Europe/Rome".to_owned(),
        span: Span::SHORTEST,
        state,
        sequence: 300,
    }
}

/// What an agent can be told, with these messages.
fn changes(messages: Vec<Message>) -> Vec<Change> {
    let conversation = CONVERSATION;
    let mut states = vec![RowState::Active, RowState::Unanswered];
    for reason in [
        EndReason::Agent,
        EndReason::Visitor,
        EndReason::Cancelled,
        EndReason::Missed,
        EndReason::Inactivity,
    ] {
        match reason {
            EndReason::Agent
            | EndReason::Visitor
            | EndReason::Cancelled
            | EndReason::Missed
            | EndReason::Inactivity => {}
        }
        let at = Timestamp(66);
        states.push(RowState::Ended { reason, at });
    }
    for state in &states {
        match state {
            RowState::Active | RowState::Unanswered | RowState::Ended { .. } => {}
        }
    }
    let mut all: Vec<_> = states.into_iter().map(row).map(Change::Row).collect();
    for how in [Moved::Transferred, Moved::PickedUp, Moved::TakenOver] {
        match how {
            Moved::Transferred | Moved::PickedUp | Moved::TakenOver => {}
        }
        all.push(Change::Moved {
            conversation,
            visitor: None,
            to: "Nora".to_owned(),
            how,
        });
    }
    for how in [
        MeetingChange::Booked,
        MeetingChange::Rescheduled,
        MeetingChange::Cancelled,
        MeetingChange::Reassigned,
    ] {
        let state = match how {
            MeetingChange::Booked | MeetingChange::Rescheduled | MeetingChange::Reassigned => {
                MeetingState::Booked
            }
            MeetingChange::Cancelled => MeetingState::Cancelled,
        };
        let meeting = meeting(state);
        all.push(Change::Meeting { meeting, how });
    }
    let transfer = Some(HandOver {
        from: "Nora".to_owned(),
        note: text(),
    });
    all.extend([
        Change::Lost(conversation),
        Change::Messages {
            conversation,
            messages,
        },
        Change::Notes {
            conversation,
            notes: vec![note()],
        },
        Change::Offered(offer(None)),
        Change::Offered(offer(transfer)),
        Change::OfferGone(conversation),
        Change::Visitor {
            conversation,
            visitor: person(),
        },
        Change::Availability(availability()),
        Change::NotTransferred {
            conversation,
            to: "Nora".to_owned(),
            expired: true,
        },
        Change::Agents,
        Change::CalendarTrouble(true),
    ]);
    for change in &all {
        match change {
            Change::Row(_)
            | Change::Lost(_)
            | Change::Messages { .. }
            | Change::Notes { .. }
            | Change::Offered(_)
            | Change::OfferGone(_)
            | Change::Visitor { .. }
            | Change::Availability(_)
            | Change::Moved { .. }
            | Change::NotTransferred { .. }
            | Change::Agents
            | Change::Meeting { .. }
            | Change::CalendarTrouble(_) => {}
        }
    }
    all
}

/// What the inbox can be told, with these messages and refusals.
pub fn agent_events(messages: Vec<Message>, refusals: &[Refusal]) -> Vec<AgentEvent> {
    let changes = changes(messages);
    let mut all = vec![
        AgentEvent::Welcome {
            now: Timestamp(-1),
            cursor: cursor(),
            availability: availability(),
            offers: vec![offer(None)],
            changes: changes.clone(),
        },
        AgentEvent::Resynchronise {
            now: Timestamp(-1),
            cursor: cursor(),
            availability: Availability::default(),
            offers: Vec::new(),
        },
        AgentEvent::Typing {
            conversation: CONVERSATION,
            typing: true,
        },
        AgentEvent::VisitorConnected {
            conversation: CONVERSATION,
            connected: true,
        },
        AgentEvent::Ping,
    ];
    all.extend(changes.into_iter().map(|change| AgentEvent::Changes {
        position: position(),
        changes: vec![change],
    }));
    let answers = [
        Answer::Message {
            conversation: CONVERSATION,
            seq: 5,
            at: Timestamp(64),
        },
        Answer::Note(note()),
        Answer::Done,
    ];
    for answer in &answers {
        match answer {
            Answer::Message { .. } | Answer::Note(_) | Answer::Done => {}
        }
    }
    let results = answers
        .into_iter()
        .map(Ok)
        .chain(refusals.iter().copied().map(Err));
    all.extend(results.map(|result| AgentEvent::Answer {
        id: CommandId(id(8)),
        result,
    }));
    all.extend(refusals.iter().copied().map(AgentEvent::Refused));
    for event in &all {
        match event {
            AgentEvent::Welcome { .. }
            | AgentEvent::Resynchronise { .. }
            | AgentEvent::Changes { .. }
            | AgentEvent::Answer { .. }
            | AgentEvent::Typing { .. }
            | AgentEvent::VisitorConnected { .. }
            | AgentEvent::Ping
            | AgentEvent::Refused(_) => {}
        }
    }
    all
}

/// The messages of some events to a chat.
pub fn messages_of(events: &[VisitorEvent]) -> Vec<Message> {
    let of = |event: &VisitorEvent| match event {
        VisitorEvent::Chat { messages, .. } => messages.clone(),
        _ => Vec::new(),
    };
    events.iter().flat_map(of).collect()
}
