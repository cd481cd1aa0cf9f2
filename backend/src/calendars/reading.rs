//! One reading of all of an account's calendars: what it finds, and what it may still cost.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use calendar::Reader;
use domain::{AgentId, MeetingId, Timestamp, availability::Zone, bound::Bound, meeting::Span};
use uuid::Uuid;

use super::{Trouble, event::meeting_of, stretches::Stretches};
use crate::{
    bound::met,
    store::calendar::notice::{Fault, Read},
};

/// Which accounts are being worked on, on this node, until the work has really ended: the thread
/// that reads texts ends a moment after whoever waited for it gave up.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashSet<AgentId>>>);

/// An account that is worked on. Whoever still works on it holds this.
pub struct Turn {
    all: Turns,
    agent: AgentId,
}

impl Turns {
    /// Takes an account, unless somebody has it.
    pub fn take(&self, agent: AgentId) -> Option<Arc<Turn>> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(agent).then(|| {
            let all = self.clone();
            Arc::new(Turn { all, agent })
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.agent);
    }
}

/// Tells the thread that reads texts, by being dropped, that nobody waits any more.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Who reads, and how events are taken.
#[derive(Clone, Debug)]
pub struct Whose {
    /// Whole days and times of no zone are meant in it.
    pub zone: Zone,
    /// Under which the agent is invited.
    pub addresses: Vec<String>,
    /// Whether invitations that are not answered make busy.
    pub unanswered: bool,
    /// By what the agent's own meetings are known in the account.
    pub own: Arc<HashSet<String>>,
}

/// A reading.
pub struct Reading {
    pub window: Span,
    pub whose: Whose,
    turn: Arc<Turn>,
    over: Over,
    found: Found,
    /// How each calendar was read, by address.
    pub calendars: Vec<(String, Read)>,
}

/// What was found, which moves to the thread that reads texts and back.
struct Found {
    reader: Reader,
    events: usize,
    heap: Heap,
    /// How the calendar is read that is being read.
    read: Read,
}

/// What makes busy.
struct Heap {
    window: Span,
    own: Arc<HashSet<String>>,
    others: Stretches,
    /// What may be a meeting of the agent's that is not known to stand there; none: it is not.
    perhaps: BTreeMap<Uuid, Option<Vec<Span>>>,
    /// What has the `UID` of a meeting, and the id that the account gives it.
    twins: Vec<(MeetingId, String)>,
}

/// A meeting takes one time. What takes more times than this, being moved perhaps, is none.
const TIMES_OF_MEETING: usize = 4;

/// An event, or one occurrence of it.
pub struct Taken<'a> {
    pub uid: &'a str,
    /// The id that the account gives it; none where it has no other than the `UID`.
    pub id: Option<&'a str>,
    pub span: Span,
}

impl Reading {
    pub fn new(window: Span, whose: Whose, turn: Arc<Turn>) -> Self {
        let over = Over(Arc::default());
        Self {
            found: Found::new(window, &whose, &over),
            window,
            whose,
            turn,
            over,
            calendars: Vec::new(),
        }
    }

    /// Lets `read` read what the server said, on a thread of its own. Once nobody waits for it, its
    /// share of steps is over; the account is given back when it has ended.
    pub async fn apart(
        &mut self,
        read: impl FnOnce(&mut Texts) + Send + 'static,
    ) -> Result<(), Trouble> {
        let empty = Found::new(self.window, &self.whose, &self.over);
        let found = std::mem::replace(&mut self.found, empty);
        let turn = Arc::clone(&self.turn);
        let work = tokio::task::spawn_blocking(move || {
            let mut texts = Texts(found);
            read(&mut texts);
            drop(turn);
            texts.0
        });
        let failed = |error: tokio::task::JoinError| Trouble::Unreachable(error.to_string(), None);
        self.found = work.await.map_err(failed)?;
        Ok(())
    }

    /// Takes in an event that the account told of by itself. False: there are too many.
    pub fn add(&mut self, taken: &Taken<'_>) -> bool {
        let counts = self.found.count();
        if counts {
            self.found.heap.add(taken);
        }
        counts
    }

    /// Notes an event that cannot be read.
    pub fn unread(&mut self, name: &str, at: Option<Timestamp>) {
        self.found.unread(name, at);
    }

    /// Ends a calendar: notes how it was read.
    pub fn ends(&mut self, calendar: &str, trouble: Option<&Trouble>) {
        let mut read = std::mem::take(&mut self.found.read);
        read.fault = read.fault.or(match trouble {
            Some(Trouble::TooLarge(_)) => Some(Fault::TooLarge),
            Some(_) => Some(Fault::Refused),
            None => None,
        });
        if read.fault == Some(Fault::TooLarge) {
            met(Bound::CalendarEvents);
        }
        self.calendars.push((calendar.to_owned(), read));
    }

    /// Whether something of what makes busy is not known.
    pub fn is_cut(&self) -> bool {
        self.calendars.iter().any(|(_, read)| read.fault.is_some())
    }

    /// What may be the agent's own meetings.
    pub fn perhaps(&self) -> Vec<MeetingId> {
        self.found
            .heap
            .perhaps
            .keys()
            .copied()
            .map(MeetingId)
            .collect()
    }

    /// What stands in the account under the `UID` of a meeting, with the account's id of it.
    pub fn twins(&self) -> &[(MeetingId, String)] {
        &self.found.heap.twins
    }

    /// All that makes busy but the agent's own meetings, in order. `before`: what was known, which
    /// counts besides.
    pub fn busy(mut self, own: &HashSet<MeetingId>, before: &[Span]) -> Vec<Span> {
        let heap = &mut self.found.heap;
        let mut all = std::mem::take(&mut heap.others);
        for (meeting, spans) in &heap.perhaps {
            if !own.contains(&MeetingId(*meeting)) {
                let spans = spans.iter().flatten();
                spans.for_each(|span| all.add(*span, self.window));
            }
        }
        before.iter().for_each(|span| all.add(*span, self.window));
        if all.is_coarse() {
            met(Bound::CalendarStretches);
        }
        all.spans().collect()
    }
}

impl Found {
    fn new(window: Span, whose: &Whose, over: &Over) -> Self {
        let reader = Reader::new(&whose.zone)
            .invited_as(&whose.addresses, whose.unanswered)
            .until(Arc::clone(&over.0));
        Self {
            reader,
            events: 0,
            heap: Heap {
                window,
                own: Arc::clone(&whose.own),
                others: Stretches::default(),
                perhaps: BTreeMap::new(),
                twins: Vec::new(),
            },
            read: Read::default(),
        }
    }

    /// Counts an event; false: there are too many.
    fn count(&mut self) -> bool {
        self.events += 1;
        let fits = self.events <= Bound::CalendarEvents.amount();
        if !fits {
            self.read.fault = Some(Fault::TooLarge);
        }
        fits
    }

    fn unread(&mut self, name: &str, at: Option<Timestamp>) {
        if self.read.unread == 0 {
            self.read.first = name.to_owned();
            self.read.at = at;
        }
        self.read.unread = self.read.unread.saturating_add(1);
    }
}

impl Heap {
    fn add(&mut self, taken: &Taken<'_>) {
        let meeting = meeting_of(taken.uid);
        if let (Some(meeting), Some(id)) = (meeting, taken.id)
            && !self.own.contains(id)
        {
            self.twins.push((meeting, id.to_owned()));
        }
        let is_own = self.own.contains(taken.uid)
            || taken.id.is_some_and(|id| self.own.contains(id))
            || meeting.is_some_and(|meeting| self.own.contains(&meeting.to_string()));
        if is_own || !taken.span.overlaps(self.window) {
            return;
        }
        let Some(meeting) = meeting else {
            return self.others.add(taken.span, self.window);
        };
        let known = self.perhaps.entry(meeting.0);
        match known.or_insert_with(|| Some(Vec::new())) {
            Some(spans) if spans.len() < TIMES_OF_MEETING => spans.push(taken.span),
            spans => {
                let spans = spans.take().into_iter().flatten().chain([taken.span]);
                spans.for_each(|span| self.others.add(span, self.window));
            }
        }
    }
}

/// Texts of iCalendar that are read into a reading.
pub struct Texts(Found);

impl Texts {
    /// Notes that the server left something out.
    pub fn cut(&mut self) {
        self.0.read.fault = Some(Fault::TooLarge);
    }

    /// Reads one. False: there are too many, or nobody waits any more.
    pub fn read(&mut self, text: &str) -> bool {
        let found = &mut self.0;
        if found.reader.is_over() || !found.count() {
            return false;
        }
        let calendar = match calendar::Calendar::parse(text, &mut found.reader) {
            Ok(calendar) => calendar,
            Err(error) => {
                tracing::debug!(%error, "an event of a calendar was left out");
                found.unread("", None);
                return true;
            }
        };
        let heap = &mut found.heap;
        let unread = calendar.each(heap.window, &mut found.reader, |uid, span| {
            let id = None;
            heap.add(&Taken { uid, id, span });
        });
        // One event may have several faults.
        let mut named = HashSet::new();
        for unread in &unread {
            if unread.reason == calendar::Reason::TooMany {
                met(Bound::CalendarSeriesSteps);
            }
            if named.insert((&unread.uid, unread.at)) {
                found.unread(&unread.name, unread.at);
            }
        }
        true
    }
}
