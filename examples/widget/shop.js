// What the organisation's own script does. Calls made before the widget has arrived wait in this list.
window.servq = window.servq || [];

const user = new URLSearchParams(location.search).get("user");
if (user) {
  // Only the server of the organisation knows the secret, so only it can say who this is.
  fetch("/identity.json?user=" + encodeURIComponent(user))
    .then((reply) => reply.json())
    .then(({ user, attributes, signature }) => window.servq.push(["identify", user, attributes, signature]));
}

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("order").addEventListener("click", () => {
    document.getElementById("state").textContent = "Thank you for your order.";
    window.servq.push(["track", "order_placed"]);
  });
  document.getElementById("feedback").addEventListener("click", () => window.servq.push(["feedback", "chat"]));
});
