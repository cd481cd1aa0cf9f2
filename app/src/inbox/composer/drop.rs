use std::time::Duration;

use leptos::{
    ev::{self, DragEvent},
    leptos_dom::helpers::TimeoutHandle,
    prelude::*,
};
use web_sys::FileList;

use crate::components::effect;

/// The browser says this often, and more, that something is held over the page.
const HELD: Duration = Duration::from_millis(600);

/// Takes files that are dropped anywhere on the page, as long as its owner is there; whether some
/// are held over it now. Elsewhere the browser would leave the page for a file that misses.
pub fn files(take: Callback<FileList>) -> RwSignal<bool> {
    let held = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let hold = move |on: bool| {
        if held.get_untracked() != on {
            held.set(on);
        }
        let next = on
            .then(|| {
                set_timeout(
                    move || {
                        held.try_set(false);
                    },
                    HELD,
                )
                .ok()
            })
            .flatten();
        timer.update_value(|timer| {
            if let Some(old) = core::mem::replace(timer, next) {
                old.clear();
            }
        });
    };
    effect(move || {
        let over = window_event_listener(ev::dragover, move |event| {
            if has_files(&event) {
                event.prevent_default();
                hold(true);
            }
        });
        let dropped = window_event_listener(ev::drop, move |event| {
            if has_files(&event) {
                event.prevent_default();
                hold(false);
                if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
                    take.run(files);
                }
            }
        });
        on_cleanup(move || {
            over.remove();
            dropped.remove();
        });
    });
    held
}

fn has_files(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|data| data.types().iter().any(|kind| kind == "Files"))
}
