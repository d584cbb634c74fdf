// Makes entering an interview as quick as typing; the page works, and is checked on the server, without it.
const form = document.getElementById("entry");
const fields = [...form.querySelectorAll(".entry-row input")];
const stops = [...fields, ...form.querySelectorAll("textarea"), form.querySelector("button")];
const go = (from, step) => {
  const next = stops[stops.indexOf(from) + step];
  if (next) next.focus();
};
const isAllowed = (field, text) => {
  if (text === "-") return true;
  if (text === "n") return "notApplicable" in field.dataset;
  return /^\d+$/.test(text) && Number(text) >= Number(field.dataset.low) && Number(text) <= Number(field.dataset.high);
};
const canGrow = (field, text) => /^\d+$/.test(text) && Number(text) > 0 && Number(text) * 10 <= Number(field.dataset.high);
fields.forEach((field) => {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => {
    const text = field.value.trim().toLowerCase();
    const isWrong = text !== "" && !isAllowed(field, text) && !canGrow(field, text);
    field.setAttribute("aria-invalid", isWrong);
    if (isWrong) field.select();
    else if ("rated" in field.dataset && isAllowed(field, text) && !canGrow(field, text)) go(field, 1);
  });
});
form.addEventListener("keydown", (event) => {
  const isLine = fields.includes(event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button"));
  } else if (isLine && (event.key === "Enter" || event.key === "ArrowDown")) {
    event.preventDefault();
    go(event.target, 1);
  } else if (isLine && event.key === "ArrowUp") {
    event.preventDefault();
    go(event.target, -1);
  }
});
const summary = document.getElementById("summary");
(form.querySelector("[aria-invalid=true]") ?? (summary ? null : fields[0]) ?? summary)?.focus();
