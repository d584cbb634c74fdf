// Shows the running total; the page works, and is checked on the server, without it.
const total = document.getElementById("total");
const fields = [...document.querySelectorAll(".share input")];
const show = () => {
  const sum = fields.reduce((points, field) => points + (parseInt(field.value, 10) || 0), 0);
  total.textContent = `${sum} / ${total.dataset.of}`;
  total.classList.toggle("complete", sum === Number(total.dataset.of));
};
fields.forEach((field) => field.addEventListener("input", show));
show();
