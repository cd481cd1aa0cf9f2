//! The people of a large database.

use uuid::Uuid;

use super::{
    new_id,
    sink::{Cell, Kind, Rows, Table},
};

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Bruno", "Chiara", "Davide", "Elena", "Fabio", "Giulia", "Hanna", "Irene", "Jun",
    "Karim", "Lucia", "Marco", "Nadia", "Omar", "Paola", "Quentin", "Rosa", "Sven", "Teresa",
    "Ugo", "Vera", "Wei", "Zoë",
];

const LAST_NAMES: [&str; 20] = [
    "Rossi",
    "Bianchi",
    "Ferrari",
    "Romano",
    "Müller",
    "Novák",
    "García",
    "Lindqvist",
    "Okafor",
    "Tanaka",
    "Moreau",
    "Kowalska",
    "Haddad",
    "Jensen",
    "Costa",
    "Petrov",
    "Silva",
    "Nguyen",
    "Walker",
    "O'Brien",
];

pub const VISITOR: Table = Table {
    name: "visitor",
    columns: &[
        ("id", Kind::Id),
        ("site_id", Kind::Id),
        ("token_hash", Kind::Blob),
        ("name", Kind::Text),
        ("email", Kind::Text),
        ("page_url", Kind::Text),
        ("page_title", Kind::Text),
        ("page_referrer", Kind::Text),
        ("user_agent", Kind::Text),
        ("language", Kind::Text),
        ("seen_at", Kind::Int),
        ("created_at", Kind::Int),
    ],
};

/// Whom conversations are between, besides visitors.
pub struct Cast {
    pub site: Uuid,
    pub agents: Vec<Uuid>,
}

pub struct Visitor {
    pub id: Uuid,
    token_hash: [u8; 32],
    name: String,
    email: String,
}

impl Visitor {
    pub fn push(&self, rows: &mut Rows, site: Uuid, at: i64) {
        rows.push(&[
            Cell::Id(self.id),
            Cell::Id(site),
            Cell::Bytes(&self.token_hash),
            Cell::Text(&self.name),
            Cell::Text(&self.email),
            Cell::Text("https://www.example.com/contact"),
            Cell::Text("Contact"),
            Cell::Text(""),
            Cell::Text("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
            Cell::Text("en"),
            Cell::Int(at),
            Cell::Int(at),
        ]);
    }
}

/// The visitors of so many conversations.
pub fn visitors(random: &mut fastrand::Rng, conversations: u32, at: i64) -> Vec<Visitor> {
    (0..1_000 + conversations / 3)
        .map(|n| {
            let first = random.choice(FIRST_NAMES).unwrap_or_default();
            let last = random.choice(LAST_NAMES).unwrap_or_default();
            let mut token_hash = [0; 32];
            random.fill(&mut token_hash);
            Visitor {
                id: new_id(at, random),
                token_hash,
                name: format!("{first} {last}"),
                email: format!("visitor{n}@customer{}.example", n % 5_000),
            }
        })
        .collect()
}

/// Whose the next conversation is, when `left` are to come: a tenth belongs to one visitor of a
/// thousand. The last ones, which are open, have visitors of their own.
pub fn visitor_of<'a>(
    visitors: &'a [Visitor],
    left: u32,
    random: &mut fastrand::Rng,
) -> Option<&'a Visitor> {
    let n = match left {
        1..=400 => usize::try_from(left).unwrap_or_default(),
        _ if random.u32(0..10) == 0 => 401 + random.usize(0..visitors.len() / 1_000),
        _ => random.usize(402..visitors.len()),
    };
    visitors.get(n)
}
