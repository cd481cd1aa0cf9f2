//! The open connections: how many there are, whose they are, what each is doing, and which of them
//! give way when there are too many.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use backend::bound::{Source, met};
use domain::{Refusal, bound::Bound};
use tokio_util::sync::CancellationToken;

/// Who has no more than this is an ordinary visitor: none of these is given up for another.
const FEW: usize = 16;

/// The connections of a node.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// How many there may be.
    most: usize,
    /// How many one source may have.
    per_source: NonZeroU32,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// The number of the next connection: of two the older has the smaller.
    next: u64,
    open: HashMap<u64, Entry>,
    /// How many each source has; only those that have one.
    counts: HashMap<Source, u32>,
}

#[derive(Debug)]
struct Entry {
    /// None: of a proxy, and not known yet for whom.
    source: Option<Source>,
    state: Arc<State>,
}

/// What the table and the connection itself both look at.
#[derive(Debug)]
struct State {
    /// A [`Stage`]; written by the connection.
    stage: AtomicU8,
    /// Cancelled by the table when the connection is to end.
    gone: CancellationToken,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Nothing came yet.
    Fresh,
    /// A part of a request's head has come.
    Head,
    /// A request is being answered.
    Busy,
    /// Between two requests.
    Idle,
    /// It became a WebSocket.
    Socket,
    /// A WebSocket of somebody who is signed in: it never gives way.
    Kept,
}

impl Stage {
    fn of(byte: u8) -> Self {
        [
            Self::Fresh,
            Self::Head,
            Self::Busy,
            Self::Idle,
            Self::Socket,
        ]
        .into_iter()
        .find(|stage| stage.byte() == byte)
        .unwrap_or(Self::Kept)
    }

    fn byte(self) -> u8 {
        match self {
            Self::Fresh => 0,
            Self::Head => 1,
            Self::Busy => 2,
            Self::Idle => 3,
            Self::Socket => 4,
            Self::Kept => 5,
        }
    }

    /// Whether nobody waits for anything on it.
    fn is_idle(self) -> bool {
        matches!(self, Self::Fresh | Self::Head | Self::Idle)
    }
}

/// One open connection; dropping it frees its place.
#[derive(Debug)]
pub struct Connection {
    number: u64,
    state: Arc<State>,
    shared: Arc<Shared>,
}

impl Connections {
    /// At most `most` together, and `per_source` of each source.
    pub fn new(most: usize, per_source: NonZeroU32) -> Self {
        Self(Arc::new(Shared {
            most,
            per_source,
            table: Mutex::default(),
        }))
    }

    /// Takes one more connection, of a source or of a proxy. At the bound of all, others give way:
    /// idle ones first, of whoever has most.
    ///
    /// # Errors
    /// If the source has its bound, or nobody has so many that some should give way.
    pub fn enter(&self, source: Option<Source>) -> Result<Arc<Connection>, Refusal> {
        let shared = &self.0;
        let mut table = shared.table();
        if let Some(source) = source {
            table.look(source, shared.per_source)?;
        }
        if table.open.len() >= shared.most && !table.make_room(source) {
            return Err(met(Bound::NodeConnections));
        }
        let state = Arc::new(State {
            stage: AtomicU8::new(Stage::Fresh.byte()),
            gone: CancellationToken::new(),
        });
        let number = table.next;
        table.next += 1;
        if let Some(source) = source {
            *table.counts.entry(source).or_default() += 1;
        }
        let entry = Entry {
            source,
            state: Arc::clone(&state),
        };
        table.open.insert(number, entry);
        Ok(Arc::new(Connection {
            number,
            state,
            shared: Arc::clone(shared),
        }))
    }

    /// How many there are.
    pub fn open(&self) -> usize {
        self.0.table().open.len()
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// That a source may have one more.
    fn look(&self, source: Source, per_source: NonZeroU32) -> Result<(), Refusal> {
        match self.counts.get(&source) {
            Some(count) if *count >= per_source.get() => Err(met(Bound::AddressConnections)),
            _ => Ok(()),
        }
    }

    fn leave(&mut self, number: u64) {
        if let Some(Entry {
            source: Some(source),
            ..
        }) = self.open.remove(&number)
        {
            self.uncount(source);
        }
    }

    fn uncount(&mut self, source: Source) {
        if let Some(count) = self.counts.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&source);
            }
        }
    }

    /// Ends some connections for a newcomer; returns whether there were any.
    ///
    /// Everything is looked through, so that one look makes room for many: half of what is idle of
    /// one source, or a part of its sockets.
    fn make_room(&mut self, newcomer: Option<Source>) -> bool {
        if let Some((_, mut idle)) = self.most(Stage::is_idle) {
            let half = idle.len().div_ceil(2);
            idle.sort_unstable();
            idle.truncate(half);
            self.end(idle);
            return true;
        }
        let Some((source, mut open)) = self.most(|stage| stage != Stage::Kept) else {
            return false;
        };
        if source == newcomer || open.len() <= FEW {
            return false;
        }
        // The newest: who has been there for long is rather somebody.
        open.sort_unstable();
        let some = (open.len() - FEW).div_ceil(16);
        let newest = open.split_off(open.len() - some);
        self.end(newest);
        true
    }

    /// Whoever has most of the connections in such a stage, and these.
    fn most(&self, wanted: impl Fn(Stage) -> bool) -> Option<(Option<Source>, Vec<u64>)> {
        let mut by_source: HashMap<Option<Source>, Vec<u64>> = HashMap::new();
        for (number, entry) in &self.open {
            if wanted(entry.state.stage()) {
                by_source.entry(entry.source).or_default().push(*number);
            }
        }
        by_source.into_iter().max_by_key(|(_, open)| open.len())
    }

    fn end(&mut self, numbers: Vec<u64>) {
        for number in numbers {
            if let Some(entry) = self.open.get(&number) {
                entry.state.gone.cancel();
                metrics::counter!("casella_connections_given_up_total").increment(1);
            }
            // Its place is free at once; its handle as soon as its task has run.
            self.leave(number);
        }
    }
}

impl State {
    fn stage(&self) -> Stage {
        Stage::of(self.stage.load(Ordering::Relaxed))
    }
}

impl Connection {
    /// What it is doing.
    pub fn stage(&self) -> Stage {
        self.state.stage()
    }

    /// Notes what it is doing. What became a socket is nothing else any more.
    pub fn enters(&self, stage: Stage) {
        let _ =
            self.state
                .stage
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
                    match (Stage::of(before), stage) {
                        (Stage::Kept, _) => None,
                        (Stage::Socket, stage) if stage != Stage::Kept => None,
                        _ => Some(stage.byte()),
                    }
                });
    }

    /// Cancelled when it is to give way.
    pub fn gone(&self) -> CancellationToken {
        self.state.gone.clone()
    }

    /// Counts it for `source`, for whom a proxy uses it from now on.
    ///
    /// # Errors
    /// If that has its bound.
    pub fn claim(&self, source: Source) -> Result<(), Refusal> {
        let mut table = self.shared.table();
        match table.open.get(&self.number).map(|entry| entry.source) {
            None => return Ok(()),
            Some(before) if before == Some(source) => return Ok(()),
            Some(before) => {
                table.look(source, self.shared.per_source)?;
                if let Some(before) = before {
                    table.uncount(before);
                }
            }
        }
        *table.counts.entry(source).or_default() += 1;
        if let Some(entry) = table.open.get_mut(&self.number) {
            entry.source = Some(source);
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.table().leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn connections(most: usize, per_source: u32) -> Connections {
        Connections::new(most, NonZeroU32::new(per_source).unwrap())
    }

    fn address(number: u32) -> Option<Source> {
        Some(std::net::IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + number)).into())
    }

    fn with(
        connections: &Connections,
        number: u32,
        count: usize,
        stage: Stage,
    ) -> Vec<Arc<Connection>> {
        let one = |_| {
            let connection = connections.enter(address(number)).unwrap();
            connection.enters(stage);
            connection
        };
        (0..count).map(one).collect()
    }

    fn left(open: &[Arc<Connection>]) -> usize {
        let stays = |connection: &&Arc<Connection>| !connection.gone().is_cancelled();
        open.iter().filter(stays).count()
    }

    #[test]
    fn an_address_has_its_limit_and_a_closed_connection_frees_a_place() {
        let all = connections(100, 2);
        let mut two = with(&all, 1, 2, Stage::Idle);
        assert_eq!(all.enter(address(1)).unwrap_err(), Refusal::TooMany);
        assert!(all.enter(address(2)).is_ok());
        two.pop();
        assert!(all.enter(address(1)).is_ok());
    }

    #[test]
    fn one_address_with_many_idle_connections_keeps_nobody_out() {
        let all = connections(100, 4096);
        let many = with(&all, 1, 90, Stage::Fresh);
        let office = with(&all, 2, 10, Stage::Socket);
        let newcomer = all.enter(address(3));
        assert!(newcomer.is_ok());
        assert_eq!((left(&many), left(&office)), (45, 10));
        assert_eq!(all.open(), 56);
    }

    #[test]
    fn two_hundred_addresses_with_many_idle_connections_keep_nobody_out() {
        let all = connections(2_000, 4096);
        let visitor = with(&all, 9_999, 2, Stage::Busy);
        let many: Vec<_> = (0..200)
            .flat_map(|number| with(&all, number, 9, Stage::Idle))
            .chain((0..198).flat_map(|number| with(&all, number, 1, Stage::Idle)))
            .collect();
        assert_eq!(all.open(), 2_000);
        let mut newcomers = Vec::new();
        for number in 0..500 {
            newcomers.push(all.enter(address(10_000 + number)).unwrap());
            newcomers.last().unwrap().enters(Stage::Busy);
        }
        assert_eq!((left(&visitor), left(&newcomers)), (2, 500));
        assert!(left(&many) < 1_600);
    }

    #[test]
    fn where_nothing_is_idle_who_has_most_gives_way_and_agents_never_do() {
        let all = connections(100, 4096);
        let agents = with(&all, 1, 50, Stage::Kept);
        let many = with(&all, 2, 40, Stage::Socket);
        let few = with(&all, 3, 10, Stage::Socket);
        assert_eq!(all.enter(address(2)).unwrap_err(), Refusal::TooMany);
        assert!(all.enter(address(4)).is_ok());
        assert!((16..40).contains(&left(&many)));
        assert_eq!((left(&agents), left(&few)), (50, 10));
    }

    #[test]
    fn ordinary_visitors_are_not_given_up_for_others() {
        let all = connections(32, 4096);
        let _visitors: Vec<_> = (0..32)
            .flat_map(|number| with(&all, number, 1, Stage::Socket))
            .collect();
        assert_eq!(all.enter(address(100)).unwrap_err(), Refusal::TooMany);
    }

    #[test]
    fn a_connection_of_a_proxy_counts_for_whom_it_is_used() {
        let all = connections(100, 1);
        let through = all.enter(None).unwrap();
        let other = all.enter(None).unwrap();
        let (ada, eve) = (address(1).unwrap(), address(2).unwrap());
        through.claim(ada).unwrap();
        through.claim(ada).unwrap();
        assert_eq!(other.claim(ada), Err(Refusal::TooMany));
        through.claim(eve).unwrap();
        other.claim(ada).unwrap();
        drop(through);
        let third = all.enter(None).unwrap();
        third.claim(eve).unwrap();
    }

    #[test]
    fn what_became_a_socket_is_nothing_else_any_more() {
        let all = connections(100, 10);
        let socket = all.enter(address(1)).unwrap();
        socket.enters(Stage::Socket);
        socket.enters(Stage::Idle);
        assert_eq!(socket.stage(), Stage::Socket);
        socket.enters(Stage::Kept);
        socket.enters(Stage::Socket);
        assert_eq!(socket.stage(), Stage::Kept);
    }
}
