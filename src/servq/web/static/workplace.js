// Comfort only: every action works without this file.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-dismiss], [data-copy], [data-print]") : null;
    if (!button) return;
    if (button.hasAttribute("data-dismiss")) button.closest(button.dataset.dismiss)?.remove();
    if (button.hasAttribute("data-print")) window.print();
    if (button.hasAttribute("data-copy")) {
      const text = document.getElementById(button.dataset.copy)?.textContent?.trim() ?? "";
      navigator.clipboard?.writeText(text).then(() => {
        const said = button.querySelector("span") ?? button;
        const before = said.textContent;
        said.textContent = button.dataset.copied ?? before;
        setTimeout(() => { said.textContent = before; }, 2000);
      });
    }
  });
  document.addEventListener("submit", (event) => {
    const asked = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (asked && !window.confirm(asked)) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
})();
