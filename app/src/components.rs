//! Small accessible parts that the pages are made of.

mod avatar;
mod button;
mod dialog;
mod empty;
mod field;
mod icon;
mod menu;
mod moment;
mod ring;
mod skeleton;
mod switch;
mod tabs;
mod toast;

pub use avatar::Avatar;
pub use button::{Button, Kind};
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::Field;
pub use icon::{Icon, Picture};
pub use menu::{Menu, MenuItem};
pub use moment::{Moment, instant};
pub use ring::Ring;
pub use skeleton::{SkeletonMessages, SkeletonRows};
pub use switch::Switch;
pub use tabs::{Tab, Tabs};
pub use toast::Toast;

use std::sync::{Arc, Mutex};

use domain::ConversationId;
use leptos::{prelude::*, tachys::reactive_graph::SharedReactiveFunction};

/// A value that is computed anew when a signal in it changes. Views hold these instead of
/// closures, each of which would bring code of its own into the wasm.
pub fn calc<T: Send + Sync + 'static>(
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> Signal<T> {
    calc_boxed(Box::new(compute))
}

/// Of one kind for all that compute values of one type.
fn calc_boxed<T: Send + Sync + 'static>(compute: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
    Signal::derive(compute)
}

/// As [`calc`], computed once for all who read it; they are told only when it is another value.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    memo_boxed(Box::new(compute))
}

fn memo_boxed<T: PartialEq + Send + Sync + 'static>(
    compute: Box<dyn Fn() -> T + Send + Sync>,
) -> Memo<T> {
    Memo::new(move |_| compute())
}

/// A part of a page that is drawn anew when a signal in it changes. As [`calc`], for views.
pub fn part(draw: impl FnMut() -> AnyView + Send + 'static) -> SharedReactiveFunction<AnyView> {
    Arc::new(Mutex::new(draw))
}

/// What is done now, and again when a signal in it changes; in the browser only. As [`calc`].
pub fn effect(act: impl FnMut() + 'static) {
    effect_boxed(Box::new(act));
}

fn effect_boxed(mut act: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| act());
}

/// One view for each conversation, kept while the conversation is in the list.
pub fn each(
    ids: Signal<Vec<ConversationId>>,
    draw: impl Fn(ConversationId) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_drawn(ids, Arc::new(draw))
}

fn each_drawn(
    ids: Signal<Vec<ConversationId>>,
    draw: Arc<dyn Fn(ConversationId) -> AnyView + Send + Sync>,
) -> AnyView {
    view! { <For each=move || ids.get() key=|id| *id children=move |id| draw(id) /> }.into_any()
}

/// Whether the browser has taken the page over: until then controls wait.
#[derive(Clone, Copy)]
pub struct Live(pub Signal<bool>);

impl Live {
    /// Of this page.
    pub fn current() -> Signal<bool> {
        use_context::<Self>().map_or_else(|| Signal::stored(true), |live| live.0)
    }
}
