// Small comforts; every page works without them.
"use strict";

// Menus of the header close when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// After a form came back with something to correct, go to its summary.
function showSummary() {
  const summary = document.getElementById("summary");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
  }
}
document.addEventListener("DOMContentLoaded", showSummary);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "main") showSummary();
});

// While htmx waits for an answer that somebody asked for, say so to assistive technology too.
function busy(event, busy) {
  if (event.target.id !== "progress") document.getElementById("main").ariaBusy = busy ? "true" : null;
}
document.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
document.addEventListener("htmx:afterRequest", (event) => busy(event, false));
