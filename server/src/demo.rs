//! What `serve --demo` adds: data to look at, and a company's page that carries the chat.

pub mod company;
pub mod data;

/// The public key of the demo company's site.
pub const SITE_KEY: &str = "demo";

/// The password of all demo agents.
pub const PASSWORD: &str = "casella-demo";

/// Name and email of the demo agents who answer; both are admins.
pub const AGENTS: [(&str, &str); 2] = [
    ("Maya Rossi", "maya@example.com"),
    ("Jun Li", "jun@example.com"),
];

/// Name and email of the demo supervisor.
pub const SUPERVISOR: (&str, &str) = ("Nora Weiss", "nora@example.com");

/// What a database has that the demo made.
pub const CAST: backend::DemoCast<'_> = backend::DemoCast {
    site: SITE_KEY,
    emails: &[AGENTS[0].1, AGENTS[1].1, SUPERVISOR.1],
};

/// The team of the demo agents who answer.
pub const TEAM: &str = "Showroom";
