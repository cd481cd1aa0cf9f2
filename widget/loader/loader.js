// Runs in the company's page: draws the launcher, carries the chat's frame, and keeps what must
// outlive the frame (token, outbox, drafts, open or closed) in the page's own storage, because a
// frame of another site has none. Every visitor loads every byte: the bar is 2 KB, compressed.
//
// Frame and loader say arrays to each other:
//   with the port   [[key, value], …], what is kept
//   to the frame    ["open", focus, token or undefined], ["close"], ["identify", who],
//                   ["page", url, title, referrer]
//   to the loader   ["ready"], ["keep", key, value or null], ["unread", n], ["tell", event],
//                   ["close"]
const { key, base, colour, onColour, side, language, defaultLanguage, words: texts } = __CASELLA_SITE__;
const prefix = `casella:${key}:`;
const queued = window.Casella;
const page = document;
const tag = [page.currentScript?.dataset.lang, language, page.documentElement.lang, ...navigator.languages]
  .map((tag) => tag?.slice(0, 2))
  .find((tag) => texts[tag]) || defaultLanguage;
const words = texts[tag];
const listeners = {};
let store, frame, port, ready, timer, shown, who, where;

try {
  store = localStorage;
} catch {}
store ||= {};

const kept = (name) => store[prefix + name];

const keep = (name, value) => {
  try {
    if (value) store[prefix + name] = value;
    else delete store[prefix + name];
  } catch {
    // Full, or forbidden: in memory from now on.
    store = { ...store, [prefix + name]: value };
  }
};

const names = () => Object.keys(store).filter((name) => name.startsWith(prefix));

const add = (parent, name) => parent.appendChild(page.createElement(name));

const host = page.createElement("casella-chat");
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{all:initial!important;position:fixed!important;z-index:2147483647!important}
button,iframe,p{position:fixed;bottom:20px;${side}:20px;border:0;box-sizing:border-box;box-shadow:0 8px 32px #0004}
button{z-index:2;width:56px;height:56px;padding:16px;border-radius:50%;background:${colour};color:${onColour};cursor:pointer}
button:before{content:"";display:block;height:24px;background:currentColor;clip-path:path("M7 3h10a4 4 0 0 1 4 4v7a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z")}
.open:before{height:20px;clip-path:path("M4 3l6 6 6-6 1 1-6 6 6 6-1 1-6-6-6 6-1-1 6-6-6-6z")}
b{position:absolute;top:-4px;right:-4px;min-width:20px;border-radius:10px;background:#b3261e;color:#fff;font:600 12px/20px system-ui}
iframe,p{width:384px;height:640px;max-height:calc(100vh - 40px);margin:0;border-radius:16px;background:Canvas;color:CanvasText;color-scheme:light dark}
p{z-index:1;padding:80px 24px;font:14px/20px system-ui}
.shut{visibility:hidden}
.open{bottom:min(604px,100vh - 76px);${side}:${side == "left" ? 352 : 28}px;width:44px;height:44px;padding:12px;box-shadow:none}
@media(max-width:480px){iframe,p{inset:0;width:100%;height:100%;max-height:none;border-radius:0}.open{inset:12px 8px auto auto}}`);
root.adoptedStyleSheets = [sheet];

const aside = add(root, "aside");
const button = add(aside, "button");
const badge = add(button, "b");
const note = page.createElement("p");
note.role = "alert";

const draw = () => {
  button.setAttribute("aria-label", shown ? words.close : words.open);
  button.className = shown ? "open" : "";
  if (frame) frame.className = shown ? "" : "shut";
};

const unread = (n) => {
  badge.textContent = n || "";
  button.setAttribute("aria-description", n ? (n > 1 ? words.unreadOther : words.unreadOne).replace("{count}", n) : "");
};

const tell = (event) => listeners[event]?.forEach((listener) => setTimeout(listener));

const say = (...words) => port?.postMessage(words);

const load = () => {
  if (frame) return;
  frame = add(aside, "iframe");
  frame.title = words.title;
  frame.src = `${base}/w/${key}/frame?lang=${tag}`;
  frame.onload = () => {
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = ({ data: [what, ...rest] }) => heard[what](...rest);
    frame.contentWindow.postMessage(names().map((name) => [name.slice(prefix.length), store[name]]), base, [channel.port2]);
    say(...where);
    if (who) say("identify", who);
    if (shown) say("open", shown > 1, kept("token"));
  };
  draw();
};

const open = (focus) => {
  if (shown) return;
  shown = focus ? 2 : 1;
  load();
  keep("open", 1);
  draw();
  say("open", focus, kept("token"));
  if (focus) frame.focus();
  tell("opened");
  timer = ready || setTimeout(() => {
    note.textContent = words.noAnswer;
    aside.append(note);
    console.error(`Casella: no answer. Allow ${location.origin} for site ${key}, and ${base} in the CSP of this page`);
  }, 1e4);
};

const close = () => {
  if (!shown) return;
  shown = 0;
  keep("open");
  clearTimeout(timer);
  note.remove();
  draw();
  say("close");
  button.focus();
};

const heard = {
  keep,
  tell,
  unread,
  close,
  ready() {
    ready = -1;
    clearTimeout(timer);
    note.remove();
  },
};

// Where the visitor is: told to the frame, else, by a visitor who has a conversation, in one
// small request, which brings back the count of unread messages.
const go = (url, title) => {
  where = ["page", url, title, page.referrer];
  say(...where);
  if (kept("chat") && !frame) {
    fetch(`${base}/w/${key}/visit`, {
      method: "POST",
      body: JSON.stringify({
        token: kept("token"),
        url: url.slice(0, 450),
        title: title.slice(0, 90),
        referrer: page.referrer.slice(0, 150),
      }),
      credentials: "omit",
    })
      .then((answer) => answer.json())
      .then((answer) => unread(answer.unread), () => {});
  }
};

const api = {
  open: () => open(true),
  close,
  identify: (person) => say("identify", (who = person)),
  page: (url, title) => go(new URL(url || "", location).href, title || page.title),
  reset() {
    close();
    frame?.remove();
    frame = port = ready = who = null;
    unread();
    names().forEach((name) => delete store[name]);
  },
  on: (event, listener) => (listeners[event] ||= []).push(listener),
};

const begin = () => {
  page.body.append(host);
  draw();
  button.onclick = () => (shown ? close() : open(true));
  button.onpointerenter = button.onfocus = load;
  root.onkeydown = (event) => event.key == "Escape" && close();
  window.Casella = api;
  // A page that opens by itself takes no focus, and does not cover a phone's screen.
  if (kept("open") && innerWidth > 480) open();
  api.page();
  // A chat that goes on hears of its agent, and does not count as left.
  if (kept("live")) load();
  queued?.forEach(([name, ...rest]) => api[name](...rest));
};

if (!queued?.open) {
  if (page.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}
