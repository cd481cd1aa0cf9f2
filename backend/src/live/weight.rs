//! How much memory waits for a client, about: texts count, and a little for what is around them.

use domain::{
    frame::{
        agent::{AgentEvent, Change},
        visitor::VisitorEvent,
    },
    message::{Body, Message, Note},
};

/// What stands around a text, and what anything small costs.
const AROUND: usize = 128;

/// What a row, a head, an offer or a meeting costs: names, a page, a preview.
const HEAD: usize = 1_024;

/// What is known of a visitor.
const VISITOR: usize = 8 * 1_024;

/// Something that waits to be sent.
pub trait Weight {
    /// Its size in bytes, about.
    fn weight(&self) -> usize;
}

impl<T: Weight> Weight for [T] {
    fn weight(&self) -> usize {
        self.iter().map(Weight::weight).sum()
    }
}

impl Weight for Message {
    fn weight(&self) -> usize {
        let text = match &self.body {
            Body::Text(text) => text.len(),
            Body::System(_) | Body::File(_) | Body::Calendar(_) => AROUND,
        };
        text.saturating_add(AROUND)
    }
}

impl Weight for Note {
    fn weight(&self) -> usize {
        self.text.len().saturating_add(AROUND)
    }
}

impl Weight for Change {
    fn weight(&self) -> usize {
        match self {
            Self::Messages { messages, .. } => messages.weight(),
            Self::Notes { notes, .. } => notes.weight(),
            Self::Visitor { .. } => VISITOR,
            Self::Row(_) | Self::Offered(_) | Self::Meeting { .. } => HEAD,
            Self::Lost(_)
            | Self::OfferGone(_)
            | Self::Availability(_)
            | Self::Moved { .. }
            | Self::NotTransferred { .. }
            | Self::Agents
            | Self::CalendarTrouble(_) => AROUND,
        }
    }
}

impl Weight for VisitorEvent {
    fn weight(&self) -> usize {
        match self {
            Self::Chat { messages, .. } => messages.weight().saturating_add(HEAD),
            Self::Welcome { chats, .. } => chats.len().saturating_mul(HEAD),
            Self::Slots { slots, .. } => slots.len().saturating_mul(size_of::<u64>()),
            Self::Meetings { meetings } => meetings.len().saturating_mul(HEAD),
            Self::Answer { .. }
            | Self::Typing { .. }
            | Self::AgentConnected { .. }
            | Self::Ping
            | Self::Refused(_) => AROUND,
        }
    }
}

impl Weight for AgentEvent {
    fn weight(&self) -> usize {
        match self {
            Self::Welcome {
                offers, changes, ..
            } => {
                let offers = offers.len().saturating_mul(HEAD);
                changes.weight().saturating_add(offers)
            }
            Self::Resynchronise { offers, .. } => offers.len().saturating_mul(HEAD),
            Self::Changes { changes, .. } => changes.weight(),
            Self::Answer { .. } => HEAD,
            Self::Typing { .. } | Self::VisitorConnected { .. } | Self::Ping | Self::Refused(_) => {
                AROUND
            }
        }
    }
}

/// Cuts what stands in order into pieces of about so many bytes, each of at least one.
pub fn pieces<T: Weight>(all: &[T], bytes: usize) -> Vec<&[T]> {
    let mut weight = 0_usize;
    all.chunk_by(|before, _| {
        weight = weight.saturating_add(before.weight());
        let goes_on = weight < bytes;
        if !goes_on {
            weight = 0;
        }
        goes_on
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Of(usize);

    impl Weight for Of {
        fn weight(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn pieces_are_cut_where_they_reach_the_size_and_leave_nothing_out() {
        let cut = |weights: &[usize]| -> Vec<Vec<usize>> {
            let all: Vec<_> = weights.iter().map(|weight| Of(*weight)).collect();
            pieces(&all, 10)
                .iter()
                .map(|piece| piece.iter().map(|of| of.0).collect())
                .collect()
        };
        assert_eq!(cut(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(cut(&[5, 4, 1, 9]), [vec![5, 4, 1], vec![9]]);
        assert_eq!(cut(&[99, 1, 1]), [vec![99], vec![1, 1]]);
        assert_eq!(cut(&[9, 1]), [vec![9, 1]]);
    }
}
