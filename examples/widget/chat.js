// A chat that tells the widget when it is closed; which survey that starts is a rule in servq, not code here.
window.servq = window.servq || [];

document.addEventListener("DOMContentLoaded", () => {
  const message = document.getElementById("message");
  const talk = document.getElementById("talk");
  const add = (text) => {
    const line = document.createElement("li");
    line.textContent = text;
    talk.append(line);
  };
  document.getElementById("say").addEventListener("submit", (event) => {
    event.preventDefault();
    if (message.value) add(message.value);
    message.value = "";
  });
  document.getElementById("close").addEventListener("click", () => {
    add("The chat is closed.");
    document.getElementById("say").remove();
    window.servq.push(["track", "chat_closed"]);
  });
});
