//! Two short notes, made on the spot. Browsers let a page sound only after it was clicked on.

use std::{cell::RefCell, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AudioContext, AudioContextState};

use crate::{inbox_state::Alert, live::Inbox};

/// A browser that lets the page sound says so within this time.
const DECIDED: Duration = Duration::from_secs(1);

/// How loud, of 1.
const LOUDNESS: f32 = 0.25;

/// How long a note rings, in seconds.
const RINGS: f64 = 0.6;

thread_local! {
    static AUDIO: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Begins to wait for the click that lets the page sound.
pub fn start(inbox: Inbox) {
    let Ok(audio) = AudioContext::new() else {
        return;
    };
    let changed = Closure::<dyn FnMut()>::new(move || inbox.sound_is_blocked(!is_ready()));
    audio.set_onstatechange(Some(changed.as_ref().unchecked_ref()));
    // For the life of the page.
    changed.forget();
    AUDIO.set(Some(audio));
    core::mem::forget(window_event_listener(leptos::ev::click, |_| wake()));
    core::mem::forget(window_event_listener(leptos::ev::keydown, |_| wake()));
    let _ = set_timeout(move || inbox.sound_is_blocked(!is_ready()), DECIDED);
}

fn with<T>(act: impl FnOnce(&AudioContext) -> T) -> Option<T> {
    AUDIO.with_borrow(|audio| audio.as_ref().map(act))
}

fn wake() {
    if !is_ready() {
        with(|audio| audio.resume().is_ok());
    }
}

/// Whether the browser lets the page sound.
pub fn is_ready() -> bool {
    with(|audio| audio.state() == AudioContextState::Running).unwrap_or(false)
}

/// Sounds; false if the browser does not let it.
pub fn play(alert: Alert) -> bool {
    let notes: &[(f32, f64)] = match alert {
        Alert::Offer { .. } => &[(659.3, 0.0), (880.0, 0.14), (1_318.5, 0.28)],
        Alert::Message { .. } => &[(880.0, 0.0)],
    };
    is_ready()
        && with(|audio| {
            notes
                .iter()
                .all(|(pitch, after)| ring(audio, *pitch, *after).is_ok())
        })
        .unwrap_or(false)
}

fn ring(audio: &AudioContext, pitch: f32, after: f64) -> Result<(), JsValue> {
    let from = audio.current_time() + after;
    let (note, fade) = (audio.create_oscillator()?, audio.create_gain()?);
    note.frequency().set_value(pitch);
    let gain = fade.gain();
    gain.set_value_at_time(0.0001, from)?;
    gain.exponential_ramp_to_value_at_time(LOUDNESS, from + 0.02)?;
    gain.exponential_ramp_to_value_at_time(0.0001, from + RINGS)?;
    note.connect_with_audio_node(&fade)?;
    fade.connect_with_audio_node(&audio.destination())?;
    note.start_with_when(from)?;
    note.stop_with_when(from + RINGS)
}
