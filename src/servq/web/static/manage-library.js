/* The editor of drafts: what could not be sent is kept in this browser, fields that shape the page build it anew,
   parts are moved by Alt and an arrow. Everything works without it, by the buttons of the form. */
"use strict";
(() => {
  const form = document.getElementById("editor");
  const gathering = document.querySelector("[data-gather]");
  if (gathering) {
    gathering.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = [...gathering.querySelectorAll("input:checked")].map((box) => box.value).join(",");
      location.search = "?" + new URLSearchParams({ [gathering.dataset.gather]: chosen });
    });
    gathering.addEventListener("change", () => gathering.requestSubmit());
  }
  if (!form) return;

  const key = "servq-draft:" + form.dataset.keep;
  const passing = new Set(["csrf", "sheet", "opened", "pointed_out", "do", "languages", "new_language"]);
  const state = () => document.getElementById("save-state");
  let unsent = false;

  const typed = () => [...new FormData(form)].filter(([name]) => !passing.has(name));
  const keep = () => {
    try { localStorage.setItem(key, JSON.stringify(typed())); } catch { /* no storage: the server has the rest */ }
  };
  const forget = () => { try { localStorage.removeItem(key); } catch { /* as above */ } };
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(key) || "null"); } catch { return null; }
  };

  form.addEventListener("input", () => { unsent = true; keep(); });
  form.addEventListener("submit", () => { unsent = false; });
  form.addEventListener("htmx:beforeRequest", () => { state().textContent = form.dataset.saving; });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) { unsent = false; forget(); setTimeout(mark, 60); return; }
    state().textContent = form.dataset.unsent;
    state().classList.add("wrong");
    if (event.detail.xhr && event.detail.xhr.status === 0) setTimeout(() => htmx.trigger(form, "retry"), 15000);
  });
  const mark = () => {
    for (const place of form.querySelectorAll("[id^=problems--]")) {
      const holder = place.closest(".field, .editor-cell, fieldset");
      const control = holder && holder.querySelector("textarea, select, input:not([type=hidden])");
      if (!control) continue;
      const wrong = Boolean(place.textContent.trim());
      holder.classList.toggle("wrong", wrong);
      if (wrong) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
    }
  };
  addEventListener("online", () => { if (unsent) htmx.trigger(form, "retry"); });
  addEventListener("pagehide", () => {
    if (!unsent) return;
    const body = new FormData(form);
    body.set("do", "keep");
    if (navigator.sendBeacon(form.action, new URLSearchParams(body))) forget();
  });

  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shapes]")) return;
    const part = event.target.closest(".editor-part");
    const stay = document.createElement("input");
    stay.type = "hidden"; stay.name = "do"; stay.value = "stay:" + (part ? part.id : "");
    form.append(stay);
    unsent = false;
    form.submit();
  });
  form.addEventListener("keydown", (event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const part = event.target.closest(".editor-part");
    const button = part && part.querySelector(`[data-key=${event.key}]:not(:disabled)`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  const before = kept();
  if (before && JSON.stringify(before) !== JSON.stringify(typed())) {
    const offer = document.createElement("div");
    offer.className = "notice warn editor-undo";
    offer.setAttribute("role", "status");
    const text = document.createElement("div");
    text.textContent = form.dataset.found;
    const restore = document.createElement("button");
    const drop = document.createElement("button");
    for (const [button, label] of [[restore, form.dataset.restore], [drop, form.dataset.forget]]) {
      button.type = "button"; button.className = "button quiet small"; button.textContent = label;
    }
    restore.addEventListener("click", () => {
      const values = new Map();
      for (const [name, value] of before) values.set(name, [...(values.get(name) || []), value]);
      for (const control of form.elements) {
        if (!control.name || control.type === "hidden" || !values.has(control.name)) continue;
        const given = values.get(control.name);
        if (control.type === "checkbox") control.checked = given.includes(control.value);
        else control.value = given[given.length - 1];
      }
      offer.remove();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });
    drop.addEventListener("click", () => { forget(); offer.remove(); });
    offer.append(text, restore, drop);
    form.prepend(offer);
  } else forget();
})();
