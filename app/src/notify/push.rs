//! Web push: how this browser shows offers while no tab of the inbox is open.

use domain::settings::PushSubscription;
use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageEvent, PushManager, PushSubscriptionOptionsInit, ServiceWorkerContainer,
    ServiceWorkerRegistration,
};

use super::{Permission, bring_up};
use crate::{api, browser, live::Inbox};

/// The service worker, `frontend/worker.js`.
const WORKER: &str = "/worker.js";

/// What the worker adds to the address when it opens the inbox for an offer.
const MARK: &str = "#offer-";

/// Whether this browser can be reached while the inbox is closed, as far as it tells.
pub fn is_possible() -> bool {
    browser::window().is_secure_context() && browser::has("PushManager") && container().is_some()
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = browser::window().navigator();
    Reflect::get(&navigator, &JsValue::from_str("serviceWorker"))
        .ok()
        .filter(JsValue::is_object)
        .map(JsCast::unchecked_into)
}

/// Brings up what the worker was clicked for, and keeps this browser subscribed while the agent
/// wants it and the browser allows it.
pub fn start(inbox: Inbox) {
    let hash = browser::window().location().hash().unwrap_or_default();
    if let Some(id) = hash.strip_prefix(MARK).and_then(|id| id.parse().ok()) {
        bring_up(id);
    }
    if !is_possible() {
        return;
    }
    listen();
    let wanted = Memo::new(move |_| {
        inbox.notifications().when_closed && inbox.permission() == Some(Permission::Granted)
    });
    Effect::new(move |before: Option<bool>| {
        let wanted = wanted.get();
        if wanted {
            browser::spawn(async move {
                let failed = subscribe(inbox).await.is_none();
                inbox.push_has_failed(failed);
            });
        } else if before == Some(true) {
            browser::spawn(unsubscribe());
        }
        wanted
    });
}

/// The worker tells the tab that it brought to the front for which offer it was clicked.
fn listen() {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let offer = Reflect::get(&event.data(), &JsValue::from_str("offer")).ok();
        let id = offer.and_then(|offer| offer.as_string()?.parse().ok());
        if let Some(id) = id {
            bring_up(id);
        }
    });
    if let Some(container) = container() {
        container.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    }
    // For the life of the page.
    on_message.forget();
}

async fn manager() -> Option<PushManager> {
    let container = container()?;
    let registered = JsFuture::from(container.register(WORKER)).await.ok();
    registered?;
    let ready = JsFuture::from(container.ready().ok()?).await.ok()?;
    ready
        .unchecked_into::<ServiceWorkerRegistration>()
        .push_manager()
        .ok()
}

/// None: the browser, its push service or Casella did not take it.
async fn subscribe(inbox: Inbox) -> Option<()> {
    let manager = manager().await?;
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(&inbox.push_key()));
    let subscribe = || manager.subscribe_with_options(&options).ok();
    let subscribed = match JsFuture::from(subscribe()?).await {
        Ok(subscribed) => subscribed,
        Err(_) => {
            // A subscription made with another key, by an earlier Casella at this address, stands
            // in the way.
            cancel(&manager).await?;
            JsFuture::from(subscribe()?).await.ok()?
        }
    };
    let subscribed: web_sys::PushSubscription = subscribed.unchecked_into();
    let json = subscribed.to_json().ok()?;
    let keys = json.get_keys()?;
    let subscription = PushSubscription {
        endpoint: json.get_endpoint()?,
        p256dh: keys.get_p256dh()?,
        auth: keys.get_auth()?,
    };
    let answer = api::subscribe_push(subscription).await;
    inbox.check(answer.as_ref().err());
    answer.ok()
}

async fn unsubscribe() {
    if let Some(manager) = manager().await
        && let Some(endpoint) = cancel(&manager).await
    {
        // The server drops all of them with the switch; this one is over whatever it says.
        let _ = api::unsubscribe_push(endpoint).await;
    }
}

/// Ends this browser's subscription; its address, if there was one.
async fn cancel(manager: &PushManager) -> Option<String> {
    let known = JsFuture::from(manager.get_subscription().ok()?)
        .await
        .ok()?;
    if !known.is_object() {
        return None;
    }
    let known: web_sys::PushSubscription = known.unchecked_into();
    JsFuture::from(known.unsubscribe().ok()?).await.ok()?;
    Some(known.endpoint())
}
