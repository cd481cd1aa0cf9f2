//! Searching: what is found, and in which order answers may come.

use domain::search::{Hit, SearchKey, SearchPage};

use super::*;

fn page(hits: &[u8], next: Option<i64>) -> Result<SearchPage, Failure> {
    let hit = |n: &u8| Hit {
        row: row(*n, 1),
        found: Some(vec![("text ".into(), false), (n.to_string(), true)]),
    };
    Ok(SearchPage {
        hits: hits.iter().map(hit).collect(),
        next: next.map(SearchKey),
    })
}

fn found(state: &InboxState) -> Vec<ConversationId> {
    state.search().hits.iter().map(|(id, _)| *id).collect()
}

#[test]
fn pages_of_what_is_found_follow_each_other() {
    let mut state = connected();
    assert!(state.look_for("invoice"));
    assert_eq!(state.search().reading, Reading::UnderWay);
    assert_eq!(state.search_on(), None, "the first page is awaited");
    state.found("invoice", None, page(&[9, 8], Some(8)));
    assert_eq!(found(&state), [conversation(9), conversation(8)]);
    assert_eq!(state.row(conversation(9)).unwrap().version, 1);

    assert_eq!(state.search_on(), Some(Some(SearchKey(8))));
    state.found("invoice", Some(SearchKey(8)), page(&[8, 7], None));
    let all = [conversation(9), conversation(8), conversation(7)];
    assert_eq!(found(&state), all, "each stands there once");
    assert_eq!(state.search_on(), None, "there is no more");
}

#[test]
fn an_answer_about_other_words_changes_nothing() {
    let mut state = connected();
    state.look_for("inv");
    assert!(state.look_for("invoice"));
    assert!(!state.look_for("invoice"));
    state.found("inv", None, page(&[1], None));
    assert!(found(&state).is_empty());
    assert_eq!(state.search().reading, Reading::UnderWay);
    state.found("invoice", None, page(&[2], None));
    assert_eq!(found(&state), [conversation(2)]);
    assert!(!state.look_for(""));
    assert!(found(&state).is_empty());
    assert_eq!(state.search().reading, Reading::Never);
}

#[test]
fn a_page_that_could_not_be_read_is_tried_again_from_where_it_begins() {
    let mut state = connected();
    state.look_for("invoice");
    state.found("invoice", None, Err(Failure::Unreachable));
    assert_eq!(state.search().reading, Reading::Failed);
    assert_eq!(state.search_on(), Some(None));
    state.found("invoice", None, page(&[9], Some(9)));
    assert_eq!(state.search_on(), Some(Some(SearchKey(9))));
    let failed = Err(Failure::Unreachable);
    state.found("invoice", Some(SearchKey(9)), failed);
    assert_eq!(found(&state), [conversation(9)], "what was found stays");
    assert_eq!(state.search_on(), Some(Some(SearchKey(9))));
}

#[test]
fn nothing_found_is_an_answer() {
    let mut state = connected();
    state.look_for("xyzzy");
    state.found("xyzzy", None, page(&[], None));
    assert_eq!(state.search().reading, Reading::Done);
    assert_eq!(state.search_on(), None);
}
