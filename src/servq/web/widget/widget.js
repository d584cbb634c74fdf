// Shows short surveys in pages of others. The page around it is not ours: whatever fails here stays silent, and answers
// that cannot be sent wait in this browser. docs/widget.md describes what a page may call and what is stored.
(() => {
  const script = document.currentScript;
  const early = window.servq;
  if (!script || (early && early.show)) return;
  const { key, lang, theme, site = "", touchpoint = "" } = script.dataset;
  const address = new URL("w/" + encodeURIComponent(key), script.src).href;
  const visit = Math.random().toString(36).slice(2);
  const DAY = 864e5;
  const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  const memory = {};
  const recall = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem("servq." + name)) ?? memory[name] ?? otherwise;
    } catch {
      return memory[name] ?? otherwise;
    }
  };
  const remember = (name, value) => {
    memory[name] = value;
    try {
      localStorage.setItem("servq." + name, JSON.stringify(value));
    } catch {
      // Where nothing may be stored, the page remembers until it is left.
    }
  };
  const newToken = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .slice(0, 22);

  const call = (url, body) =>
    fetch(url, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(20000),
      ...(body && {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        keepalive: "answers" in body,
      }),
    });
  const get = async (path, body) => {
    const reply = await call(address + path, body);
    return reply.ok ? reply.json() : null;
  };

  // The queue: an answer leaves it when the server has said yes or a final no. Its token makes repetition harmless.
  const waiting = {};
  let pause = 0;
  let timer;
  let sending;
  const send = async () => {
    clearTimeout(timer);
    for (const { url, at, body } of recall("queue", [])) {
      const age = Date.now() - at;
      let status = 0;
      let reply;
      if (age < 30 * DAY) {
        try {
          const answer = await call(url, { ...body, age_s: Math.max(0, Math.round(age / 1000)) });
          status = answer.status;
          reply = await answer.json();
        } catch {
          // No connection, or a reply that was cut off.
        }
        if (!reply || status === 429 || status >= 500) {
          Object.values(waiting).forEach((tell) => tell(0));
          pause = Math.min(pause * 2 || 10, 600);
          timer = setTimeout(flush, pause * 1000);
          return;
        }
      }
      remember("queue", recall("queue", []).filter((each) => each.body.token !== body.token));
      waiting[body.token]?.(status, reply);
    }
    pause = 0;
  };
  const flush = () => (sending ??= send().finally(() => (sending = null)));
  const submit = (body) =>
    new Promise((done) => {
      waiting[body.token] = (status, reply) => {
        delete waiting[body.token];
        done([status, reply]);
      };
      remember("queue", [...recall("queue", []), { url: address + "/answers", at: Date.now(), body }]);
      Promise.resolve(sending).then(flush);
    });

  // When to ask.
  let person = {};
  let known;
  let isOpen = false;
  const settings = () => (known ??= get("").catch(() => (known = null)));
  const fits = (pattern) =>
    new RegExp("^" + pattern.replace(/[^*\w]/g, "\\$&").replace(/\*+/g, ".*") + "$").test(location.pathname);
  const isRested = ({ rest_days, within_days, most_invitations }) => {
    const ages = recall("seen", []).map((at) => (Date.now() - at) / DAY);
    return !ages.some((age) => age < rest_days) && ages.filter((age) => age < within_days).length < most_invitations;
  };
  const lot = () => {
    const drawn = recall("lot", Math.floor(Math.random() * 1000));
    remember("lot", drawn);
    return drawn;
  };
  const isBusy = () =>
    document.hidden || document.activeElement?.matches("input,textarea,select,[contenteditable]:not([contenteditable=false])");

  const ask = async (what, isOwnWish) => {
    const offer = await get("/ask", {
      page: location.pathname,
      lang: lang || document.documentElement.lang || navigator.language,
      lot: lot(),
      visit,
      site,
      touchpoint,
      ...person,
      ...what,
    });
    if (!offer) return false;
    await sleep(offer.delay_s);
    while (!isOwnWish && isBusy()) await sleep(1);
    if (isOpen) return false;
    isOpen = true;
    let isShown = false;
    try {
      const token = offer.known ? (await get("/shown", { ticket: offer.ticket }))?.token : newToken();
      if (token) isShown = present(offer, token);
    } finally {
      isOpen = isShown;
    }
    if (isShown && !offer.known && !isOwnWish) remember("seen", [...recall("seen", []), Date.now()].slice(-50));
    return isShown;
  };
  const track = async (event) => {
    const found = await settings();
    const isDue = found.rules.some(([name, pages]) => name === event && (!pages.length || pages.some(fits)));
    if (!isDue && !(found.offers && person.user)) return false;
    return (person.user || isRested(found)) && ask({ event: String(event) });
  };

  // The dialog. Built without markup in texts, styled without style attributes: it runs under a strict policy.
  const make = (tag, traits, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(traits || {})) {
      if (name in node) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const present = ({ form, ticket }, token) => {
    const words = form.words;
    const begun = Date.now();
    const isAlone = form.parts.filter((part) => part.kind === "rating").length === 1 && form.parts[0].kind === "rating";
    const title = make("h2", { id: "title" }, isAlone ? form.parts[0].label : form.title);
    const status = make("p", { role: "status" });
    const close = make("button", { type: "button", className: "close", "aria-label": words.close }, "×");
    const button = make("button", { className: "send" }, words.send);
    const choice = (part, { value, label, heard }) =>
      make(
        "label",
        { className: value === "na" ? "na" : "" },
        make("input", { type: "radio", name: part.name, value }),
        make("span", {}, label, ...(heard ? [make("i", {}, " " + heard)] : [])),
      );
    const shape = (part, number) => {
      const note = part.heading ? [make("p", {}, part.heading)] : [];
      if (part.kind !== "rating") {
        const field = make(part.kind === "text" ? "textarea" : "input", { id: "f" + number, maxLength: part.most, rows: 3 });
        const name = part.required ? part.label : `${part.label} (${words.optional})`;
        return make("div", {}, ...note, make("label", { htmlFor: "f" + number }, name), field);
      }
      const shown = part.points.filter((point) => point.value !== "na");
      const points = make("div", { className: part.listed ? "list" : shown.length > 8 ? "row many n" + shown.length : "row" });
      points.append(...shown.map((point) => choice(part, point)));
      const ends = part.low || part.high ? [make("p", { className: "ends", "aria-hidden": "true" })] : [];
      ends[0]?.append(make("span", {}, part.low || ""), make("span", {}, part.high || ""));
      const none = part.points.filter((point) => point.value === "na").map((point) => choice(part, point));
      const name = isAlone && !number ? [] : [make("legend", {}, part.label)];
      const group = make("fieldset", {}, ...name, points, ...ends, ...none);
      if (!name.length) group.setAttribute("aria-labelledby", "title");
      return group;
    };
    const shapes = form.parts.map(shape);
    const valueOf = (i) =>
      shapes[i].hidden ? "" : (shapes[i].querySelector("input:checked,textarea,input:not([type=radio])")?.value.trim() ?? "");
    const values = () => Object.fromEntries(form.parts.map((part, i) => [part.name, valueOf(i)]));
    const arrange = () =>
      form.parts.forEach((part, i) => {
        shapes[i].hidden = (part.needs || []).some(([name, wanted]) => !wanted.includes(values()[name]));
      });
    const instruction = form.instruction ? [make("p", {}, form.instruction)] : [];
    const paper = make("form", { noValidate: true, oninput: arrange }, ...instruction, ...shapes, button);
    const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    const dialog = make("dialog", { lang: form.lang, dir: form.dir, className: isDark ? "dark" : "" });
    dialog.setAttribute("aria-labelledby", "title");
    dialog.append(title, paper, status, close);
    const focusFirst = () => (shapes[0].querySelector("input:checked") || shapes[0].querySelector("input,textarea")).focus();
    const say = (text, isWrong) => {
      status.textContent = text;
      status.className = isWrong ? "wrong" : "";
    };
    paper.onsubmit = async (event) => {
      event.preventDefault();
      const needed = form.parts.map((part, i) => (part.kind === "rating" && part.required ? i : -1)).filter((i) => i >= 0);
      if (needed.length && !needed.some(valueOf)) {
        say(words.choose, true);
        focusFirst();
        return;
      }
      button.disabled = true;
      say(words.sending);
      const answers = Object.fromEntries(Object.entries(values()).filter(([, value]) => value));
      const seconds = Math.round((Date.now() - begun) / 1000);
      const [code, reply] = await submit({ ticket, token, answers, lang: form.lang, seconds });
      button.disabled = false;
      const isSaved = (code >= 200 && code < 300) || code === 409;
      if (!isSaved && code) {
        say(code === 410 ? words.closed : code === 422 ? reply.detail : words.refused, true);
        return;
      }
      paper.replaceWith(...(isSaved && form.thanks ? [make("p", {}, form.thanks)] : []));
      close.focus();
      say(isSaved ? words.saved : words.kept);
      if (isSaved) setTimeout(() => dialog.close(), 10000);
    };
    close.onclick = () => dialog.close();
    dialog.onkeydown = (event) => {
      if (event.key !== "Tab") return;
      const isBack = event.shiftKey;
      if (!isBack && event.target === close) focusFirst();
      else if (isBack && shapes[0].contains(event.target) && paper.isConnected) close.focus();
      else return;
      event.preventDefault();
    };
    const host = make("div", { id: "servq" });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(dialog);
    dialog.onclose = () => {
      host.remove();
      isOpen = false;
    };
    document.body.append(host);
    arrange();
    dialog.showModal();
    return true;
  };

  const STYLE = `
*{box-sizing:border-box;font:inherit;color:inherit}
dialog{all:initial;box-sizing:border-box;display:block;--paper:#fff;--ink:#1b2530;--soft:#56616d;--edge:#85898c;--accent:var(--servq-accent,#0d5f63);--on:var(--servq-on-accent,#fff);--tint:#e3efee;--wrong:#a3261d;
position:fixed;inset:auto 1em 1em;margin:0 0 0 auto;width:27em;max-width:calc(100% - 2em);max-height:calc(100dvh - 2em);overflow:auto;padding:1.25em;border:1px solid var(--edge);border-radius:.75em;background:var(--paper);color:var(--ink);font:max(16px,1rem)/1.45 system-ui,sans-serif;box-shadow:0 .5em 2em #0005;overflow-wrap:break-word}
dialog[dir=rtl]{margin:0 auto 0 0}
.dark{color-scheme:dark;--paper:#1a2127;--ink:#e9ecee;--soft:#a9b3bb;--edge:#74818b;--accent:var(--servq-accent-dark,#6fd0c8);--on:var(--servq-on-accent-dark,#06201f);--tint:#17343a;--wrong:#ffaba2}
::backdrop{background:#0003}
h2{margin:0 0 .75em;padding-inline-end:2em;font-size:1.15em;font-weight:650;line-height:1.3}
p{margin:0 0 .75em}
fieldset,form>div{min-width:0;margin:0 0 1em;padding:0;border:0}
[hidden]{display:none!important}
legend,form>div>label{display:block;margin-bottom:.4em;padding:0}
.row,.list{display:grid;gap:.25em}
.row{grid-auto-flow:column;grid-auto-columns:minmax(0,1fr)}
fieldset label{position:relative;display:block}
fieldset input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
fieldset label span{display:grid;place-items:center;min-height:2.75em;padding:.2em;border:1px solid var(--edge);border-radius:.4em}
.list span,.na span{place-items:center start;padding-inline:.9em}
.na{width:fit-content;margin-top:.5em;font-size:.9em}
i{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
fieldset label:hover span{background:var(--tint)}
input:checked+span{background:var(--accent)!important;border-color:var(--accent);color:var(--on);font-weight:650}
input:focus-visible+span,:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.ends{display:flex;justify-content:space-between;gap:1em;margin:.35em 0 0;color:var(--soft);font-size:.875em}
textarea,form>div>input{display:block;width:100%;min-height:2.75em;padding:.5em .75em;border:1px solid var(--edge);border-radius:.4em;background:none;resize:vertical}
button{cursor:pointer;border:1px solid var(--accent);border-radius:.5em}
.send{min-height:2.75em;padding:.5em 1.5em;background:var(--accent);color:var(--on);font-weight:650}
.send:disabled{opacity:.6}
.close{position:absolute;inset-block-start:.4em;inset-inline-end:.75em;width:2em;height:2em;padding:0;border-color:transparent;background:none;font-size:1.375em;line-height:1}
[role=status]{margin:.75em 0 0;font-weight:650}
[role=status]:empty{margin:0}
.wrong{color:var(--wrong)}
@media(max-width:28em){.many{grid-auto-flow:row;grid-template-columns:repeat(6,minmax(0,1fr))}.n10{grid-template-columns:repeat(5,minmax(0,1fr))}}
@media(forced-colors:active){input:checked+span{forced-color-adjust:none;background:Highlight!important;color:HighlightText}}
@media(prefers-reduced-motion:no-preference){dialog[open]{animation:rise .25s ease-out}@keyframes rise{from{opacity:0;transform:translateY(1em)}}}`;

  // Every call of the page ends well: with true when a dialog was shown, with false otherwise.
  const quiet =
    (work) =>
    async (...given) => {
      try {
        return !!(await work(...given));
      } catch {
        return false;
      }
    };
  const api = {
    identify: quiet((user, attributes, signature) => {
      const texts = Object.entries(attributes || {}).map(([name, value]) => [name, String(value)]);
      person = { user: user == null ? "" : String(user), attributes: Object.fromEntries(texts), signature: signature || "" };
      return track("identify");
    }),
    track: quiet(track),
    show: quiet((survey) => ask({ survey: String(survey) }, true)),
    feedback: quiet((survey) => ask({ feedback: String(survey) }, true)),
    push: (order) => api[order[0]](...order.slice(1)),
  };
  window.servq = api;
  if (Array.isArray(early)) early.forEach(api.push);
  window.addEventListener("online", flush);
  flush();
  const view = () => api.track("page_view");
  if (document.body) view();
  else document.addEventListener("DOMContentLoaded", view);
  window.navigation?.addEventListener("navigatesuccess", view);
})();
