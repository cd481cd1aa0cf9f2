// The inbox's service worker: shows offers that come by web push while no tab of the inbox is
// open, and leads a click on one to the inbox. It accepts nothing and caches nothing.

self.addEventListener("install", () => self.skipWaiting());

// `backend` makes what comes: kind, conversation, title, body, url.
self.addEventListener("push", (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    return;
  }
  event.waitUntil(show(told));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

async function show({ kind, conversation, title, body, url }) {
  // A check only tries the way out; browsers ask for a notification unless a page is in sight.
  if (kind !== "offer" && (await inboxes()).some((page) => page.visibilityState === "visible")) {
    return;
  }
  const offer = kind === "offer";
  await self.registration.showNotification(title, {
    body,
    // A newer one about the same takes the place of the older, and is heard again.
    tag: offer ? `offer-${conversation}` : kind,
    renotify: offer,
    requireInteraction: offer,
    silent: !offer,
    data: { conversation: offer ? conversation : null, url },
  });
}

async function open({ conversation, url }) {
  const [page] = await inboxes();
  if (!page) {
    return self.clients.openWindow(conversation ? `${url}#offer-${conversation}` : url);
  }
  // The browser may refuse the focus; the offer is brought up all the same.
  await page.focus().catch(() => {});
  if (conversation) {
    page.postMessage({ offer: conversation });
  }
}

// The tabs with the inbox, the last used first. The chat's frames have the same origin.
async function inboxes() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter((page) => page.frameType === "top-level" && isInbox(new URL(page.url).pathname));
}

function isInbox(path) {
  return !["/w/", "/sign-in", "/setup", "/transcripts/", "/demo"].some((start) => path.startsWith(start));
}
