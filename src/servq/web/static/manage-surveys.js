// Comfort only: a form with something typed asks before it is left.
(() => {
  let changed = false;
  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.closest("form[method=post]")) changed = true;
  });
  document.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
