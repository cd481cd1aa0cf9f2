// The booking card. Every visitor loads the chat and few see a card, so this comes when the first one
// is shown. What is known of slots and meetings is kept by the chat's WebAssembly, which passes it
// here at every change; what belongs to one card on the screen (zone, days, the chosen time) is here.
// Text is only ever set as text.

// How many days stand beside each other, and their columns in the style sheet.
const COLUMNS = ["", "b", "c"];
const cards = new WeakMap();

// UTC is there for browsers that do not know where they are.
const zones = (own) => [...new Set([own, "UTC", ...Intl.supportedValuesOf("timeZone")])].sort();

const make = (parent, name, className, attributes = {}, text = "") => {
  const made = parent.appendChild(document.createElement(name));
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

const button = (parent, className, text, act, attributes) => {
  const made = make(parent, "button", className, { type: "button", ...attributes }, text);
  made.onclick = act;
  return made;
};

// A live text is set only when it changes, so that it is not read out twice. The browser may have translated it.
const say = (element, text) => {
  if (element.said != text) element.textContent = element.said = text;
};

// It keeps the focus, which `disabled` would not.
const dim = (element, dimmed) => element.setAttribute("aria-disabled", dimmed);

// Words instants in a zone. The day stands before the month, as everywhere in Casella.
const wordsIn = (language, timeZone) => {
  const tag = language == "en" ? "en-GB" : language;
  const word = (options) => new Intl.DateTimeFormat(tag, { ...options, timeZone }).format;
  const day = word({ weekday: "long", day: "numeric", month: "long" });
  const time = word({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return {
    day: (at) => day(at).replace(",", ""),
    time,
    weekday: word({ weekday: "short" }),
    date: word({ day: "numeric", month: "short" }),
    moment: (at) => `${day(at).replace(",", "")}, ${time(at)}`,
  };
};

class Card {
  free = [];
  days = [];
  first = 0;
  chosen;

  constructor(place, id, agent, photo, words, language, zone, acts) {
    Object.assign(this, { id, words, language, acts });
    const name = words.meet.replace("{agent}", () => agent);
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", name);
    const meet = make(place, "div", "meet");
    const parts = agent.split(/\s+/);
    const initials = [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => [...part][0] ?? "").join("");
    const avatar = make(meet, "span", "avatar", { "aria-hidden": true }, initials);
    if (photo) make(avatar, "img", "", { alt: "", src: `/photos/${photo}` });
    const who = make(meet, "div", "");
    make(who, "p", "ask", {}, name);
    this.length = make(who, "p", "optional");
    this.note = make(place, "p", "optional");
    // Its days come and go without a word.
    this.choice = make(place, "div", "form", { "aria-live": "off" });
    const field = make(this.choice, "div", "field");
    make(field, "label", "", { for: `z${id}` }, words.zone);
    this.zone = make(field, "select", "", { id: `z${id}` });
    const own = zone || "UTC";
    for (const name of zones(own)) this.zone.add(new Option(name.replaceAll("_", " "), name));
    this.zone.value = own;
    this.zone.onchange = () => this.findDays();
    const line = make(this.choice, "div", "days");
    const arrow = (className, label, days) =>
      button(line, className, "", () => this.turn(days), { "aria-label": label, title: label });
    this.earlier = arrow("arrow", words.earlier, -COLUMNS.length);
    // Each time's name has its day.
    this.heads = make(line, "div", "heads", { "aria-hidden": true });
    this.laterDays = arrow("arrow later", words.later, COLUMNS.length);
    this.times = make(this.choice, "div", "times", { role: "group", "aria-label": words.freeTimes });
    this.chosenWords = make(this.choice, "p", "chosen");
    this.alert = make(this.choice, "p", "error", { role: "alert" });
    this.email = make(this.choice, "div", "field");
    make(this.email, "label", "", { for: `e${id}` }, words.email);
    this.input = make(this.email, "input", "", {
      id: `e${id}`,
      type: "email",
      autocomplete: "email",
      maxlength: 254,
      "aria-required": true,
      "aria-describedby": `p${id}`,
    });
    this.problem = make(this.email, "p", "error", { id: `p${id}` });
    this.input.oninput = () => {
      this.complain("");
      // The form below asks for it as well: once is enough.
      const form = document.getElementById("email");
      if (form) {
        form.value = this.input.value;
        form.dispatchEvent(new Event("input", { bubbles: true }));
      }
    };
    this.send = button(this.choice, "main", "", () => this.wish());
    this.booked = make(place, "div", "booked", { tabindex: -1 });
    const status = make(this.booked, "p", "", { role: "status", "aria-label": words.booked });
    make(status, "strong", "", {}, words.booked);
    this.when = make(status, "time", "");
    this.goesTo = make(this.booked, "p", "optional");
    this.links = make(this.booked, "p", "links");
    this.findDays();
  }

  draw({ newest, booking, asksElsewhere, meeting, free }) {
    const { words } = this;
    const booked = meeting?.booked;
    const held = !this.choice.hidden && this.choice.contains(document.activeElement);
    this.state = { booking, free };
    this.note.hidden = booked || (!meeting && newest);
    say(this.note, meeting ? `${words.cancelled}: ${this.in.moment(meeting.start)}` : words.newer);
    this.choice.hidden = booked || !newest;
    this.booked.hidden = !booked;
    this.length.hidden = !booked && !newest;
    if (booked) {
      this.chosen = undefined;
      this.drawMeeting(meeting);
      if (held) this.booked.focus();
      return;
    }
    const none = free?.slots.length === 0;
    this.choice.classList.toggle("none", none);
    this.last(none ? 0 : free?.length);
    this.email.hidden = !this.wantsEmail && (!free?.asksEmail || asksElsewhere);
    say(this.send, booking ? words.booking : words.book);
    dim(this.send, booking || !free);
    if (free && String(this.free) != String(free.slots)) {
      this.free = [...free.slots];
      this.findDays();
    }
    this.mark();
  }

  /** How long a meeting lasts, in minutes, if that is known. */
  last(minutes) {
    say(this.length, minutes ? this.words.minutes.replace("{count}", minutes) : "");
  }

  drawMeeting(meeting) {
    this.last((meeting.end - meeting.start) / 60_000);
    // Nothing breaks between the two times.
    say(this.when, `${this.in.moment(meeting.start)}\u00a0–\u2060\u00a0${this.in.time(meeting.end)}`);
    this.when.dateTime = new Date(meeting.start).toISOString();
    say(this.goesTo, meeting.email || this.words.noMail);
    this.links.hidden = meeting.start <= Date.now();
    if (this.links.dataset.of != meeting.address) {
      this.links.dataset.of = meeting.address;
      this.links.replaceChildren();
      for (const [label, rest] of [
        [this.words.reschedule, "?do=reschedule&"],
        [this.words.cancel, "?do=cancel&"],
        [this.words.toCalendar, "/meeting.ics?"],
      ]) {
        const href = `/m/${meeting.address}${rest}lang=${this.language}`;
        make(this.links, "a", "", { href, target: "_blank", rel: "noopener noreferrer" }, label);
      }
    }
  }

  /** Puts the slots together to days of the zone, and stays at the day that was shown. */
  findDays() {
    const shown = this.days[this.first]?.slots[0] ?? 0;
    this.in = wordsIn(this.language, this.zone.value);
    this.days = [];
    this.first = 0;
    for (const at of this.free) {
      const words = this.in.day(at);
      if (this.days.at(-1)?.words != words) this.days.push({ words, slots: [] });
      this.days.at(-1).slots.push(at);
      if (at <= shown) this.first = this.days.length - 1;
    }
    if (!this.free.includes(this.chosen)) this.chosen = undefined;
    // As high for every day, so that nothing moves on the way through them.
    if (this.free.length) {
      this.times.style.setProperty("--rows", Math.max(...this.days.map(({ slots }) => slots.length)));
    }
    this.drawDays();
  }

  turn(days) {
    const first = Math.max(0, this.first + days);
    if (first < this.days.length) {
      this.first = first;
      this.drawDays();
    }
    // One page ahead, so that no day is shown while a part of it is missing.
    if (this.state.free?.more && this.first + 2 * COLUMNS.length >= this.days.length) this.acts.later(this.id);
  }

  drawDays() {
    this.heads.replaceChildren();
    this.times.replaceChildren();
    this.days.slice(this.first, this.first + COLUMNS.length).forEach(({ words, slots }, column) => {
      const head = make(this.heads, "span", "");
      make(head, "b", "", {}, this.in.weekday(slots[0]));
      head.append(` ${this.in.date(slots[0])}`);
      for (const at of slots) {
        const time = this.in.time(at);
        const choose = () => {
          this.chosen = at;
          this.warn("");
          this.mark();
        };
        const label = `${words}, ${time}`;
        button(this.times, COLUMNS[column], time, choose, { "aria-label": label }).value = at;
      }
    });
    this.mark();
  }

  /** Shows what is chosen, and where there are more days. */
  mark() {
    const { words } = this;
    for (const time of this.times.children) time.setAttribute("aria-pressed", time.value == this.chosen);
    const none = this.state?.free?.slots.length === 0;
    // Without a length nobody can be met by this card at all, any more.
    const nothing = this.state?.free?.length ? words.none : words.ended;
    say(this.chosenWords, none ? nothing : this.chosen ? this.in.moment(this.chosen) : words.choose);
    dim(this.earlier, this.first == 0);
    dim(this.laterDays, this.first + COLUMNS.length >= this.days.length && !this.state?.free?.more);
  }

  /** Books, or says what is missing. */
  wish() {
    if (this.state.booking || !this.state.free) return;
    if (!this.chosen) {
      this.warn(this.words.choose);
      return;
    }
    const email = this.email.hidden ? "" : this.input.value.trim();
    // The browser's own look, and a dot in the domain, which it does not ask for.
    const right = /@.*\./.test(email) && !this.input.validity.typeMismatch;
    if (!this.email.hidden && !right) {
      this.complain(this.words.noEmail);
      this.input.focus();
      return;
    }
    this.acts.book(this.id, this.chosen, email, this.zone.value);
  }

  /** The booking was refused; what was chosen and written stays. */
  refuse(ofEmail, reason) {
    if (!ofEmail) {
      this.warn(reason || this.words.taken);
      return;
    }
    // Whoever knew one may have taken it away.
    this.wantsEmail = true;
    this.email.hidden = false;
    this.complain(reason);
    this.input.focus();
  }

  complain(problem) {
    say(this.problem, problem);
    this.input.setAttribute("aria-invalid", problem != "");
  }

  warn(problem) {
    say(this.alert, problem);
    this.alert.setAttribute("aria-label", problem);
  }
}

/**
 * Draws a card into its place: what the WebAssembly knows of it, as a list in the order of
 * `view/card.rs`.
 */
export const draw = (place, known, { card: words, language, zone }, acts) => {
  const [id, agent, photo, , newest, booking, asksElsewhere, meeting, free] = known;
  const state = { newest, booking, asksElsewhere };
  if (meeting) {
    const [start, end, booked, email, address] = meeting;
    state.meeting = { start, end, booked, email, address };
  }
  if (free) {
    const [length, asksEmail, more, ...slots] = free;
    state.free = { length, asksEmail, more, slots };
  }
  // Who is at the end stays there.
  const list = place.closest(".scroll");
  const end = list && list.scrollHeight - list.scrollTop - list.clientHeight < 48;
  if (!cards.has(place)) {
    place.replaceChildren();
    cards.set(place, new Card(place, id, agent, photo, words, language, zone, acts));
  }
  cards.get(place).draw(state);
  if (end) list.scrollTop = list.scrollHeight;
};

/** Says why a booking was refused; without words: the time was taken. */
export const refuse = (place, ofEmail, reason) => cards.get(place)?.refuse(ofEmail, reason);
