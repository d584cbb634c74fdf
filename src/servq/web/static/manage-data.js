// Choosing rows: a box in the head of the table chooses all on the page.
"use strict";
(() => {
  const dress = (form) => {
    const head = form.querySelector("th.data-pick");
    if (!head || head.querySelector("input")) return;
    const boxes = () => form.querySelectorAll("td.data-pick input");
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", head.textContent.trim());
    all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
    head.append(all);
  };
  const dressAll = () => document.querySelectorAll("form[data-choosing]").forEach(dress);
  document.addEventListener("DOMContentLoaded", dressAll);
  document.addEventListener("htmx:afterSwap", dressAll);
  dressAll();
})();
