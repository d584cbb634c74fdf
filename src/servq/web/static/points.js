// Shows the running total; the page works, and is checked on the server, without it.
const DEVANAGARI_ZERO = 0x966;
const western = (digit) => {
  const code = digit.charCodeAt(0);
  return code >= DEVANAGARI_ZERO ? code - DEVANAGARI_ZERO : code % 16;
};
document.querySelectorAll(".shares").forEach((shares) => {
  const total = shares.querySelector("output");
  const fields = [...shares.querySelectorAll("input")];
  const show = () => {
    const points = fields.map((field) => parseInt(field.value.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, western), 10) || 0);
    const sum = points.reduce((given, more) => given + more, 0);
    total.textContent = `${sum} / ${total.dataset.of}`;
    total.classList.toggle("complete", sum === Number(total.dataset.of));
  };
  fields.forEach((field) => field.addEventListener("input", show));
  show();
});
