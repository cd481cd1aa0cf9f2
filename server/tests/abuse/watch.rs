//! What must not happen anywhere in the process: an error in the log, a commit that failed, a panic.

use std::{
    fmt::{self, Write as _},
    sync::{LazyLock, Mutex, Once},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static WRONG: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);

/// Watches from now on; what was before is forgotten.
pub fn begin() {
    taken();
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Log).unwrap();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            note(format!("a panic: {panic}"));
            before(panic);
        }));
    });
}

pub fn note(what: String) {
    let mut wrong = WRONG.lock().unwrap_or_else(|lock| lock.into_inner());
    if wrong.len() < 20 {
        println!("{what}");
        wrong.push(what);
    }
}

/// What was wrong since it was last asked.
pub fn taken() -> Vec<String> {
    let mut wrong = WRONG.lock().unwrap_or_else(|lock| lock.into_inner());
    std::mem::take(&mut *wrong)
}

/// Takes note of errors, and of commits that failed.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words(String::new());
        event.record(&mut words);
        let Words(words) = words;
        if *event.metadata().level() == Level::ERROR || words.contains("commit") {
            note(format!("{}: {words}", event.metadata().target()));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}
