//! Teams: agents who serve a site, in an order.

use serde::{Deserialize, Serialize};

use crate::{AgentId, TeamId, text::Field};

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    /// Unique, compared without regard to case.
    pub name: Field,
    /// In the order in which chats go round.
    pub members: Vec<AgentId>,
}
