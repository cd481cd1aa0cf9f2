// Runs in the company's page: draws the launcher, carries the chat's frame, and keeps what must
// outlive the frame (token, outbox, drafts, open or closed) in the page's own storage, because a
// frame of another site has none. Every visitor loads every byte: the bar is 2.3 KB, compressed.
//
// The page is not ours: what it hands over, what its storage holds and what its libraries made of arrays
// and texts may be anything. Nothing of that may keep the chat from connecting.
//
// Frame and loader say arrays to each other:
//   with the port   [[key, value], …], what is kept
//   to the frame    ["open", focus, token or undefined], ["close"],
//                   ["page", url, title, referrer, views or undefined],
//                   ["identify", [[name, value], …]], ["setAttributes", [[name, value], …]],
//                   ["track", event]
//   to the loader   ["ready"], ["keep", key, value or null], ["unread", n], ["tell", event],
//                   ["close"]
const [key, base, colour, onColour, side, aside, bottom, scheme, language, defaultLanguage, texts] = __CASELLA_SITE__;
const prefix = `casella:${key}:`;
const queued = window.Casella;
const page = document;
const tag = [page.currentScript?.dataset.lang, language, page.documentElement.lang, ...navigator.languages]
  .map((tag) => tag?.slice(0, 2))
  .find((tag) => texts[tag]) || defaultLanguage;
const [openWords, closeWords, title, oneUnread, moreUnread, noAnswer] = texts[tag];
const listeners = { __proto__: null };
// What the page's script has said, for a frame that comes later.
let said = [];
let frame, port, ready, timer, shown, where;
let places = 0;

const attempt = (act, given) => {
  try {
    return act(given);
  } catch {}
};

// The one place where what is not ours becomes plain: a text of a bounded length, made from texts, numbers,
// yes and no. Of all else nothing is left.
const plain = (value, most = 2e3) => (/^(st|n|b)/.test(typeof value) ? String(value).slice(0, most) : "");

// The names and values of an object. A signed token has up to 8 KB.
const fields = (what) =>
  ((!plain(what) && attempt(() => Object.keys(what))) || [])
    .slice(0, 50)
    .map((name) => [plain(name), plain(attempt(() => what[name]), 9e3)]);

let store = attempt(() => localStorage) || {};

// What is too long is none of ours.
const kept = (name, value = store[prefix + name]) => (value?.length < 2e5 ? value : undefined);

const keep = (name, value) => {
  try {
    if (value) store[prefix + name] = value;
    else delete store[prefix + name];
  } catch {
    // Full, or forbidden: in memory from now on.
    store = { ...store, [prefix + name]: value };
  }
};

const names = () => Object.keys(store).flatMap((name) => name.split(prefix)[1] || []);

const add = (parent, name) => parent.appendChild(page.createElement(name));

const host = page.createElement("casella-chat");
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
// The launcher keeps its distance from the edges; the window gives way where the page is small.
sheet.replaceSync(`:host{all:initial!important;position:fixed!important;z-index:2147483647!important}
button,iframe,p{--b:min(${bottom}px,max(20px,100vh - 660px));--s:min(${aside}px,100vw - 404px);position:fixed;bottom:var(--b);${side}:var(--s);border:0;box-sizing:border-box;box-shadow:0 8px 32px #0004}
button{z-index:2;bottom:${bottom}px;${side}:min(${aside}px,100vw - 56px);width:56px;height:56px;padding:16px;border-radius:50%;background:${colour};color:${onColour};cursor:pointer}
button:before{content:"";display:block;height:24px;background:currentColor;clip-path:path("M7 3h10a4 4 0 0 1 4 4v7a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z")}
.open:before{height:20px;clip-path:path("M4 3l6 6 6-6 1 1-6 6 6 6-1 1-6-6-6 6-1-1 6-6-6-6z")}
b{position:absolute;top:-4px;right:-4px;min-width:20px;border-radius:10px;background:#b3261e;color:#fff;font:600 12px/20px system-ui}
iframe,p{width:384px;height:640px;max-height:calc(100vh - 40px);margin:0;border-radius:16px;background:Canvas;color:CanvasText;color-scheme:${scheme}}
p{z-index:1;padding:80px 24px;font:14px/20px system-ui}
.shut{visibility:hidden}
.open{bottom:calc(var(--b) + min(584px,100vh - 96px));${side}:calc(var(--s) + ${side == "left" ? 332 : 8}px);width:44px;height:44px;padding:12px;box-shadow:none}
@media print{:host{display:none!important}}
@media(max-width:480px){iframe,p{inset:0;width:100%;height:100%;max-height:none;border-radius:0}.open{inset:12px 8px auto auto}}`);
root.adoptedStyleSheets = [sheet];

const panel = add(root, "aside");
const button = add(panel, "button");
const badge = add(button, "b");
const note = page.createElement("p");
note.role = "alert";

const draw = () => {
  button.setAttribute("aria-label", shown ? closeWords : openWords);
  button.className = shown ? "open" : "";
  if (frame) frame.className = shown ? "" : "shut";
};

const unread = (n) => {
  badge.textContent = n || "";
  button.setAttribute("aria-description", n ? (n > 1 ? moreUnread : oneUnread).replace("{count}", n) : "");
};

const tell = (event) => listeners[event]?.forEach((listener) => setTimeout(listener));

const say = (...words) => port?.postMessage(words);

const load = () => {
  if (frame) return;
  frame = add(panel, "iframe");
  frame.title = title;
  frame.src = `${base}/w/${key}/frame?lang=${tag}&scheme=${scheme}`;
  frame.onload = () => {
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = ({ data: [what, ...rest] }) => heard[what](...rest);
    frame.contentWindow.postMessage(names().map((name) => [name, kept(name)]), base, [channel.port2]);
    [where, ...said].forEach((words) => say(...words));
    // Said once only, also where the page moves the frame, which then begins anew.
    said = said.filter(([name]) => name != "track");
    if (shown) say("open", shown > 1, kept("token"));
  };
  draw();
};

const open = (focus) => {
  if (shown) return;
  shown = focus ? 2 : 1;
  load();
  keep("open", "1");
  draw();
  say("open", focus, kept("token"));
  if (focus) frame.focus();
  tell("opened");
  timer = ready || setTimeout(() => {
    note.textContent = noAnswer;
    panel.append(note);
    console.error(`Casella: no answer. Allow ${location.origin} for site ${key}, and ${base} in its CSP`);
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

// Where the visitor is: kept until there is a conversation; then told to the frame, else in one
// small request, which brings back the count of unread messages.
const go = (url, title) => {
  url = plain(attempt(() => new URL(url || "", location).href));
  title = plain(title) || plain(page.title);
  const referrer = plain(page.referrer);
  const words = ["page", url, title, referrer];
  if (where == String(words)) return;
  where = words;
  const token = kept("token");
  if (!kept("chat")) {
    // Lines of four words; what is none, also where there were no views, the frame passes over. No JSON: old
    // libraries teach arrays to word themselves.
    const views = `${kept("views")}\n${[Date.now(), url, title, referrer].join("\t")}`;
    keep("views", views.split("\n").slice(-20).join("\n"));
  } else if (!frame && token?.length == 64) {
    fetch(`${base}/w/${key}/visit`, {
      method: "POST",
      body: JSON.stringify({ __proto__: null, token, url, title, referrer }),
    })
      .then((answer) => answer.json())
      .then((answer) => unread(answer.unread), () => {});
  }
  say(...where, kept("views"));
};

const api = {
  open: (quiet) => open(!quiet),
  close,
  page: go,
  reset() {
    close();
    frame?.remove();
    frame = port = ready = null;
    said = [];
    unread();
    names().forEach((name) => keep(name));
  },
  on: (event, listener) => (listeners[event] ||= []).push(listener),
};
["identify", "setAttributes", "track"].forEach((name) => {
  api[name] = (what) => {
    const words = [name, name == "track" ? plain(what) : fields(what)];
    if (!port || name != "track") said = [...said, words].slice(-50);
    say(...words);
  };
});

// Beside the page's body, which apps replace as a whole. Where more is replaced, it comes back, with a frame
// that begins anew from what is kept; but a page that throws it out again and again is left alone.
const place = () => {
  const top = page.documentElement;
  if (host.isConnected || !top || places++ > 50) return;
  port = null;
  shown &&= 1;
  top.append(host);
  moves.observe(top, { childList: true });
};
const moves = new MutationObserver(place);

// Once for each time that the script runs: in an app that has replaced its page, or by a second tag. There is
// one chat in the page.
window.casellaStarts ||= (calls) => {
  window.Casella = api;
  place();
  // A page that opens by itself takes no focus, and does not cover a phone's screen.
  if (kept("open") && innerWidth > 480) open();
  api.page();
  // A chat that goes on hears of its agent, and does not count as left.
  if (kept("live")) load();
  calls?.splice?.(0).forEach((call) => attempt(([name, ...rest]) => api[name](...rest), call));
};

draw();
button.onclick = () => (shown ? close() : open(true));
button.onpointerenter = button.onfocus = load;
root.onkeydown = (event) => event.key == "Escape" && close();

const start = () => window.casellaStarts(queued);
if (page.body) start();
else addEventListener("DOMContentLoaded", start);
