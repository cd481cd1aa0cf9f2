use domain::{settings::PHOTO_BYTES, texts::keys::InboxText};
use leptos::{html::Input, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, ImageBitmap};

use super::work::{Outcome, Work, nothing_special};
use crate::{
    api::set_photo,
    browser,
    components::{Avatar, Button, Kind, calc, part},
    live::Inbox,
};

/// The side of a photo, in pixels: four times what the inbox shows at most, for fine screens.
const SIDE: u32 = 256;

/// How well the picture is kept, from 0 to 1; the next one if it is still too large.
const QUALITIES: [f64; 3] = [0.9, 0.7, 0.4];

/// The agent's photo, with what changes it.
#[component]
pub fn Photo() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let work = Work::new();
    let input = NodeRef::<Input>::new();
    let photo = Memo::new(move |_| inbox.profile().photo);
    let has_photo = Memo::new(move |_| photo.get().is_some());
    let send = move |picture: Option<Vec<u8>>| {
        let answer = Box::pin(async move {
            let photo = set_photo(picture).await?;
            inbox.change_profile(|me| me.photo = photo);
            Ok(())
        });
        work.run(inbox, answer, nothing_special, || {});
    };
    let on_choose = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.item(0));
        // The same file again is a choice too.
        input.set_value("");
        let Some(file) = file else { return };
        work.pending.set(true);
        work.failed.set(None);
        browser::spawn(async move {
            match small(&file).await {
                Some(picture) => send(Some(picture)),
                None => {
                    work.pending.try_set(false);
                    work.fail(texts.inbox(InboxText::PhotoUnreadable));
                }
            }
        });
    };
    let choose = move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <div class="photo">
            <Avatar name=calc(move || Some(inbox.profile().name.to_string())) photo large=true />
            <input
                type="file"
                accept="image/*"
                hidden
                aria-hidden="true"
                tabindex="-1"
                node_ref=input
                on:change=on_choose
            />
            <div>
                <div class="actions">
                    <Button
                        label=texts.inbox(InboxText::ChoosePhoto)
                        pending=work.pending
                        on_click=Callback::new(choose)
                    />
                    {part(move || match has_photo.get() {
                        false => ().into_any(),
                        true => view! {
                            <Button
                                label=texts.inbox(InboxText::RemovePhoto)
                                kind=Kind::Quiet
                                pending=work.pending
                                on_click=Callback::new(move |()| send(None))
                            />
                        }
                            .into_any(),
                    })}
                    <Outcome work />
                </div>
                <p class="hint">{texts.inbox(InboxText::PhotoHint)}</p>
            </div>
        </div>
    }
}

/// The middle of a picture as a small square JPEG; none if it cannot be read.
async fn small(file: &File) -> Option<Vec<u8>> {
    let picture = browser::window().create_image_bitmap_with_blob(file).ok()?;
    let picture: ImageBitmap = JsFuture::from(picture).await.ok()?.unchecked_into();
    let canvas: HtmlCanvasElement = browser::document()
        .create_element("canvas")
        .ok()?
        .unchecked_into();
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let side = f64::from(SIDE);
    // JPEG knows no transparency: without a ground it would be black.
    context.set_fill_style_str("#ffffff");
    context.fill_rect(0.0, 0.0, side, side);
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let cut = width.min(height);
    context
        .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &picture,
            (width - cut) / 2.0,
            (height - cut) / 2.0,
            cut,
            cut,
            0.0,
            0.0,
            side,
            side,
        )
        .ok()?;
    QUALITIES.into_iter().find_map(|quality| {
        let quality = JsValue::from_f64(quality);
        let address = canvas
            .to_data_url_with_type_and_encoder_options("image/jpeg", &quality)
            .ok()?;
        let (_, base64) = address.split_once(',')?;
        // One character for each byte.
        let bytes: Option<Vec<u8>> = browser::window()
            .atob(base64)
            .ok()?
            .chars()
            .map(|byte| u8::try_from(u32::from(byte)).ok())
            .collect();
        bytes.filter(|bytes| bytes.len() <= PHOTO_BYTES)
    })
}
