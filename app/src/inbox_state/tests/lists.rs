//! The conversation list: which rows stand in which tab.

use super::*;

#[test]
fn an_ended_chat_leaves_active_and_stands_in_all() {
    let mut state = connected();
    let page = ListPage {
        rows: vec![row(2, 1), row(1, 1)],
        next: None,
    };
    state.list_read(Tab::All, None, Ok(page));
    let mut ended = row(2, 2);
    ended.state = RowState::Ended {
        reason: EndReason::Agent,
        at: at(60),
    };
    state.receive(changes(vec![Change::Row(ended)]), at(101));
    assert_eq!(state.list(Tab::Active).ids, [conversation(1)]);
    assert_eq!(state.list(Tab::All).ids, [conversation(2), conversation(1)]);
    state.receive(changes(vec![Change::Lost(conversation(2))]), at(101));
    assert_eq!(state.list(Tab::All).ids, [conversation(1)]);
}

fn page_of(rows: Vec<Row>, more: bool) -> Result<ListPage, Failure> {
    let last = rows.last().unwrap();
    let next = ListKey {
        activity_at: last.activity_at,
        id: last.id,
    };
    Ok(ListPage {
        next: more.then_some(next),
        rows,
    })
}

#[test]
fn a_page_that_comes_when_the_list_began_anew_leaves_nothing_out() {
    let page = page_of;
    for is_late in [false, true] {
        let mut state = connected();
        state.list_read(Tab::All, None, page(vec![row(6, 1), row(5, 1)], true));
        state.list_reading(Tab::All);
        let old = state.list(Tab::All).next;
        // The tab was told that it is too far behind; meanwhile others have come on top.
        state.list_reading(Tab::All);
        let anew = page(vec![row(9, 1), row(8, 1)], true);
        let second = page(vec![row(4, 1)], false);
        if is_late {
            state.list_read(Tab::All, None, anew);
            state.list_read(Tab::All, old, second);
        } else {
            state.list_read(Tab::All, old, second);
            state.list_read(Tab::All, None, anew);
        }
        let next = state.list(Tab::All).next;
        let rest = page([7, 6, 5, 4].map(|n| row(n, 1)).to_vec(), false);
        state.list_read(Tab::All, next, rest);
        let all = [9, 8, 7, 6, 5, 4].map(conversation);
        assert_eq!(state.list(Tab::All).ids, all, "late: {is_late}");
    }
}

#[test]
fn rows_beyond_the_pages_read_come_with_their_page() {
    let mut state = connected();
    let page = page_of;
    state.list_read(Tab::All, None, page(vec![row(9, 1), row(8, 1)], true));
    state.receive(changes(vec![Change::Row(row(3, 7))]), at(101));
    assert_eq!(state.list(Tab::All).ids.len(), 2);
    let next = state.list(Tab::All).next;
    // The page was read before the change; the newer head still finds its place.
    state.list_read(Tab::All, next, page(vec![row(3, 1)], false));
    assert_eq!(state.list(Tab::All).ids.len(), 3);
    assert_eq!(state.row(conversation(3)).unwrap().version, 7);
}

#[test]
fn what_comes_while_a_list_is_read_again_stays() {
    let mut state = connected();
    state.list_reading(Tab::Active);
    state.receive(changes(vec![Change::Row(row(7, 1))]), at(101));
    let page = ListPage {
        rows: vec![row(1, 1)],
        next: None,
    };
    state.list_read(Tab::Active, None, Ok(page));
    assert_eq!(
        state.list(Tab::Active).ids,
        [conversation(7), conversation(1)]
    );
}

fn read(state: &mut InboxState, tab: Tab) {
    let page = ListPage {
        rows: Vec::new(),
        next: None,
    };
    state.list_read(tab, None, Ok(page));
}

fn tabs_of(state: &InboxState, n: u8) -> Vec<Tab> {
    let stands = |tab: &Tab| state.list(*tab).ids.contains(&conversation(n));
    TABS.into_iter().filter(stands).collect()
}

#[test]
fn a_row_stands_where_its_state_says_and_moves_when_that_changes() {
    let mut state = connected();
    for tab in [Tab::All, Tab::Unanswered, Tab::Everyone] {
        read(&mut state, tab);
    }
    let ended = RowState::Ended {
        reason: EndReason::Agent,
        at: at(60),
    };
    let steps: [(RowState, bool, bool, &[Tab]); 6] = [
        (RowState::Unanswered, false, false, &[Tab::Unanswered]),
        (
            RowState::Active,
            true,
            false,
            &[Tab::Active, Tab::All, Tab::Everyone],
        ),
        (RowState::Active, true, true, &TABS),
        (
            RowState::Active,
            false,
            true,
            &[Tab::Unanswered, Tab::Everyone],
        ),
        (RowState::Active, false, false, &[Tab::Everyone]),
        (ended, false, false, &[Tab::All]),
    ];
    for (version, (row_state, own, away, tabs)) in (2..).zip(steps) {
        let mut changed = row(9, version);
        changed.state = row_state;
        changed.own = own;
        changed.away = away;
        state.receive(changes(vec![Change::Row(changed)]), at(101));
        assert_eq!(tabs_of(&state, 9), tabs, "version {version}");
    }
    state.receive(changes(vec![Change::Lost(conversation(9))]), at(101));
    assert!(tabs_of(&state, 9).is_empty());
}

#[test]
fn what_may_be_done_follows_from_how_the_agent_stands_to_a_chat() {
    let mut others = row(9, 1);
    others.own = false;
    assert_eq!(stand(&others), Stand::Others);
    let supervisor = Viewer {
        agent: me(),
        role: Role::Supervisor,
    };
    assert!(supervisor.may(Action::TakeOver, stand(&others)));
    assert!(!supervisor.may(Action::Talk, stand(&others)));
    assert!(!connected().viewer().may(Action::TakeOver, stand(&others)));
    others.away = true;
    assert!(connected().viewer().may(Action::PickUp, stand(&others)));
    assert!(connected().viewer().may(Action::Talk, stand(&row(1, 1))));
}

#[test]
fn a_tab_in_front_comes_with_the_page_or_says_that_it_failed() {
    let mut page = first_page(Vec::new(), None);
    let unanswered = ListPage {
        rows: vec![Row {
            state: RowState::Unanswered,
            own: false,
            ..row(4, 1)
        }],
        next: None,
    };
    page.list = Some((Tab::Unanswered, Ok(unanswered)));
    let state = InboxState::new(page, at(100));
    assert_eq!(state.list(Tab::Unanswered).ids, [conversation(4)]);
    assert_eq!(state.list(Tab::All).reading, Reading::Never);

    let mut page = first_page(Vec::new(), None);
    page.list = Some((Tab::All, Err(Failure::Unreachable)));
    let state = InboxState::new(page, at(100));
    assert_eq!(state.list(Tab::All).reading, Reading::Failed);
}

#[test]
fn lists_behind_the_one_in_front_are_read_when_they_are_next_needed() {
    let mut state = connected();
    read(&mut state, Tab::All);
    read(&mut state, Tab::Unanswered);
    let mut page = first_page(vec![row(2, 1)], None);
    page.list = Some((
        Tab::Unanswered,
        Ok(ListPage {
            rows: Vec::new(),
            next: None,
        }),
    ));
    state.read_again(page, Place::list_of(Tab::Unanswered));
    assert_eq!(state.list(Tab::Unanswered).reading, Reading::Done);
    assert_eq!(state.list(Tab::All).reading, Reading::Never);
}
