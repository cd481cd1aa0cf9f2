//! Small accessible parts that the pages are made of.

mod avatar;
mod button;
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
pub use empty::Empty;
pub use field::Field;
pub use icon::{Icon, Picture};
pub use menu::{Menu, MenuItem};
pub use moment::Moment;
pub use ring::Ring;
pub use skeleton::{SkeletonMessages, SkeletonRows};
pub use switch::Switch;
pub use tabs::{Tab, Tabs};
pub use toast::Toast;

use leptos::prelude::*;

/// Whether the browser has taken the page over: until then controls wait.
#[derive(Clone, Copy)]
pub struct Live(pub Signal<bool>);

impl Live {
    /// Of this page.
    pub fn current() -> Signal<bool> {
        use_context::<Self>().map_or_else(|| Signal::stored(true), |live| live.0)
    }
}
