use super::*;
use crate::{activity::Rating, visitor::ProfileInput};

fn outgoing(intent: Intent, fate: Fate) -> Outgoing {
    Outgoing {
        id: id(7),
        at: at(9),
        intent,
        fate,
    }
}

fn refused(refusal: Refusal) -> Fate {
    Fate::Refused {
        refusal,
        answered: true,
    }
}

#[test]
fn what_the_browser_keeps_comes_back_as_it_was() {
    let form = ProfileInput {
        name: Some("Ada".into()),
        phone: Some("+39 02 1234".into()),
        ..ProfileInput::default()
    };
    let to = Some(conversation(1));
    let all = [
        outgoing(
            Intent::Start {
                form: form.clone(),
                first_message: None,
                views: Vec::new(),
            },
            Fate::Waiting,
        ),
        outgoing(
            Intent::Message {
                to: None,
                text: "a\nb 👩‍👩‍👧".into(),
            },
            refused(Refusal::Unavailable),
        ),
        outgoing(
            Intent::Message {
                to,
                text: "late".into(),
            },
            refused(Refusal::Ended),
        ),
        outgoing(Intent::End { to }, Fate::Waiting),
        outgoing(
            Intent::Leave {
                to,
                form,
                text: "Call me".into(),
                views: Vec::new(),
            },
            Fate::Waiting,
        ),
        outgoing(
            Intent::Rate {
                to: conversation(1),
                rating: Rating::try_from(5).unwrap(),
                comment: "Good".into(),
            },
            Fate::Waiting,
        ),
    ];
    for outgoing in all {
        let bytes = outgoing.keep().unwrap();
        assert_eq!(Outgoing::kept(&bytes), Some(outgoing));
        for shorter in 0..bytes.len() {
            assert_eq!(Outgoing::kept(&bytes[..shorter]), None);
        }
    }
}
