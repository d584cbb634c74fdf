// The kiosk: one question on the screen, answers kept on the device until the server has them, back to the start after
// every visitor. Nothing on it leads anywhere else.
const FORMS = JSON.parse(document.getElementById("forms").textContent);
const ADDRESS = location.pathname.replace(/\/$/, "") + "/answers";
const numberFrom = (name, otherwise) => Math.max(2, Number(new URLSearchParams(location.search).get(name)) || otherwise);
const IDLE_S = numberFrom("idle", 45);
const WARNING_S = Math.min(15, Math.ceil(IDLE_S / 3));
const THANKS_S = numberFrom("thanks", 8);
const RETRY_S = 15;

const stage = document.getElementById("stage");
const place = (id) => document.getElementById(id);
const make = (tag, traits, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(traits || {})) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const newToken = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .slice(0, 22);

// What waits lies in the device's own database; where there is none, in this page.
const store = (() => {
  const memory = new Map();
  const opened = new Promise((done) => {
    try {
      const request = indexedDB.open("servq-kiosk", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("answers", { keyPath: "token" });
      request.onsuccess = () => done(request.result);
      request.onerror = () => done(null);
    } catch {
      done(null);
    }
  });
  const run = async (mode, work) => {
    const database = await opened;
    if (!database) return null;
    return new Promise((done, failed) => {
      const transaction = database.transaction("answers", mode, { durability: "strict" });
      const request = work(transaction.objectStore("answers"));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  };
  return {
    put: async (entry) => (await opened ? run("readwrite", (answers) => answers.put(entry)) : memory.set(entry.token, entry)),
    remove: async (token) => (await opened ? run("readwrite", (answers) => answers.delete(token)) : memory.delete(token)),
    all: async () => (await opened ? run("readonly", (answers) => answers.getAll()) : [...memory.values()]),
  };
})();

const mine = async () => (await store.all()).filter((entry) => entry.address === ADDRESS);
const post = (entry) =>
  fetch(ADDRESS, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...entry.body, token: entry.token, age_s: Math.max(0, Math.round((Date.now() - entry.at) / 1000)) }),
    signal: AbortSignal.timeout(20000),
  });

const outcomes = new Map();
let sending = null;
const sendAll = async () => {
  for (const entry of (await mine()).filter((each) => !each.refused).sort((a, b) => a.at - b.at)) {
    let status = 0;
    try {
      const reply = await post(entry);
      await reply.json();
      status = reply.status;
    } catch {
      // No network, no server, or a reply that was cut off: it stays and is sent again under the same token.
    }
    if (status === 0 || status === 429 || status >= 500) break;
    if (status < 300 || status === 409) await store.remove(entry.token);
    else await store.put({ ...entry, refused: status });
    outcomes.get(entry.token)?.(status < 300 || status === 409 ? "saved" : "refused");
    await showWaiting();
  }
  outcomes.forEach((tell) => tell("kept"));
  await showWaiting();
};
const flush = () => (sending ??= sendAll().finally(() => (sending = null)));
const submit = async (entry) => {
  await store.put(entry);
  await sending;
  const outcome = new Promise((done) => outcomes.set(entry.token, done));
  flush();
  const result = await outcome;
  outcomes.delete(entry.token);
  return result;
};

let form = FORMS[0];
let values = {};
let step = 0;
let begun = Date.now();
let token = newToken();
let isDone = false;

const showWaiting = async () => {
  const entries = await mine();
  const lost = entries.filter((entry) => entry.refused).length;
  const n = entries.length - lost;
  const texts = [n && fill(form.words.waiting, { n }), lost && fill(form.words.lost, { n: lost })].filter(Boolean);
  if (place("waiting").textContent !== texts.join(" · ")) place("waiting").textContent = texts.join(" · ");
};
const isAsked = (part) => (part.needs || []).every(([name, wanted]) => wanted.includes(values[name] || ""));
const asked = () => form.parts.filter(isAsked);
const speak = () => {
  document.documentElement.lang = form.lang;
  document.documentElement.dir = form.dir;
  document.title = document.title.replace(/^.* · /, () => form.title + " · ");
};

const showLanguages = () => {
  const isStart = step === 0 && !isDone && !Object.keys(values).length;
  const buttons = FORMS.map((each) => {
    const button = make("button", { type: "button", lang: each.lang, dir: each.dir }, each.language);
    button.setAttribute("aria-pressed", each === form);
    button.onclick = () => {
      form = each;
      show();
      place("languages").querySelector("[aria-pressed=true]").focus();
    };
    return button;
  });
  place("languages").setAttribute("aria-label", form.words.language);
  place("languages").replaceChildren(...(isStart && FORMS.length > 1 ? buttons : []));
};
const button = (text, className, onclick) => make("button", { type: "button", className, onclick }, text);

const showRating = (part) => {
  const isLast = step === asked().length - 1;
  const points = part.points.map(({ value, label, heard }) => {
    const point = make("button", { type: "button", className: value === "na" ? "point na" : "point" }, label);
    if (heard) point.append(make("span", { className: "unseen" }, " " + heard));
    point.setAttribute("aria-pressed", values[part.name] === value);
    point.onclick = () => {
      values[part.name] = value;
      point.parentNode.querySelectorAll("[aria-pressed]").forEach((each) => each.setAttribute("aria-pressed", each === point));
      // The choice is seen before the screen changes.
      setTimeout(() => goOn(), 250);
    };
    return point;
  });
  const shown = points.filter((point) => !point.classList.contains("na"));
  const row = make("div", { className: part.listed ? "points listed" : `points numbered of-${shown.length}` }, ...shown);
  const ends = make("p", { className: "ends", "aria-hidden": "true" }, make("span", {}, part.low || ""), make("span", {}, part.high || ""));
  const none = points.filter((point) => point.classList.contains("na"));
  const group = make("div", { role: "group" }, row, ...(part.low || part.high ? [ends] : []), ...none);
  group.setAttribute("aria-labelledby", "asked");
  const skip = part.required && asked().filter((each) => each.kind === "rating").length === 1;
  return [group, ...controls(skip ? null : button(isLast ? form.words.send : form.words.skip, "plain", () => goOn()))];
};
const showText = (part) => {
  const field = make(part.kind === "text" ? "textarea" : "input", { rows: 4, maxLength: part.most, value: values[part.name] || "" });
  field.setAttribute("aria-labelledby", "asked");
  field.autocomplete = "off";
  field.oninput = () => (values[part.name] = field.value);
  const isLast = () => step >= asked().length - 1;
  return [field, ...controls(button(isLast() ? form.words.send : form.words.next, "primary", () => goOn()))];
};
const controls = (forward) => {
  const back = step > 0 ? [button(form.words.back, "plain", () => { step -= 1; show(); })] : [];
  const found = [...back, ...(forward ? [forward] : [])];
  return found.length ? [make("div", { className: "controls" }, ...found)] : [];
};

const show = () => {
  speak();
  const parts = asked();
  const part = parts[step];
  const ratings = parts.filter((each) => each.kind === "rating");
  place("progress").textContent = ratings.length > 1 ? fill(form.words.progress, { n: step + 1, total: parts.length }) : "";
  const label = part.kind === "rating" || part.required ? [part.label] : [part.label, " ", make("small", {}, `(${form.words.optional})`)];
  const instruction = part.kind === "rating" && form.instruction && step === 0 ? [make("p", { className: "instruction" }, form.instruction)] : [];
  const body = part.kind === "rating" ? showRating(part) : showText(part);
  stage.className = part.kind;
  stage.replaceChildren(make("h1", { id: "asked" }, ...label), ...instruction, ...body);
  showLanguages();
  showWaiting();
  if (begun !== null && (step > 0 || Object.keys(values).length)) stage.focus();
};
const goOn = () => {
  if (isDone) return;
  if (step < asked().length - 1) {
    step += 1;
    show();
    return;
  }
  finish();
};
const finish = async () => {
  const needed = asked().filter((part) => part.kind === "rating" && part.required);
  if (needed.length && !needed.some((part) => values[part.name])) {
    reset();
    return;
  }
  isDone = true;
  const answers = Object.fromEntries(asked().map((part) => [part.name, (values[part.name] || "").trim()]).filter(([, value]) => value));
  const body = { answers, lang: form.lang, seconds: Math.round((Date.now() - begun) / 1000) };
  const entry = { token, address: ADDRESS, at: Date.now(), body };
  const outcome = await submit(entry).catch(() => "refused");
  stage.className = "thanks " + outcome;
  const said = { saved: form.words.saved, kept: form.words.thanks, refused: form.words.refused }[outcome];
  const more = { saved: form.thanks, kept: form.words.kept, refused: "" }[outcome];
  place("progress").textContent = "";
  place("languages").replaceChildren();
  stage.replaceChildren(make("div", { role: "status" }, make("h1", {}, said), ...(more ? [make("p", {}, more)] : [])));
  stage.focus();
  clearTimeout(ending);
  ending = setTimeout(reset, THANKS_S * 1000);
};

let ending;
const reset = () => {
  clearTimeout(ending);
  closeWarning();
  form = FORMS[0];
  values = {};
  step = 0;
  isDone = false;
  token = newToken();
  begun = Date.now();
  show();
};

// Whoever walks away leaves nothing on the screen: after a while the page asks, then begins again.
let touchedAt = Date.now();
let warning = null;
const closeWarning = () => {
  warning?.remove();
  warning = null;
};
const touch = () => (touchedAt = Date.now());
const warn = (left) => {
  const text = fill(form.words.again, { n: left });
  if (!warning) {
    const go = button(form.words.continue, "primary", () => { closeWarning(); stage.focus(); });
    warning = make("dialog", {}, make("h2", { id: "still" }, form.words.there), make("p", {}, text), go);
    warning.setAttribute("aria-labelledby", "still");
    warning.onclose = closeWarning;
    document.body.append(warning);
    warning.showModal();
  }
  warning.querySelector("p").textContent = text;
};
setInterval(() => {
  const idle = (Date.now() - touchedAt) / 1000;
  const isStart = step === 0 && !Object.keys(values).length && form === FORMS[0];
  if (isDone || isStart) return;
  if (idle >= IDLE_S) reset();
  else if (idle >= IDLE_S - WARNING_S) warn(Math.ceil(IDLE_S - idle));
  else closeWarning();
}, 500);
["pointerdown", "keydown"].forEach((name) => addEventListener(name, touch, true));
addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("pointerup", () => {
  if (!document.fullscreenElement && document.fullscreenEnabled && matchMedia("(pointer: coarse)").matches) {
    document.documentElement.requestFullscreen().catch(() => {});
  }
});

addEventListener("online", flush);
setInterval(async () => (await mine()).some((entry) => !entry.refused) && flush(), RETRY_S * 1000);
if ("serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("/k/worker.js", { scope: "/k/" })
    .then(() => caches.open("servq-kiosk"))
    .then((kept) => kept.addAll([location.href, ...[...document.querySelectorAll("link[rel=stylesheet],script[src]")].map((each) => each.href || each.src)]))
    .then(() => (document.documentElement.dataset.kept = ""))
    .catch(() => {});
}
show();
flush();
