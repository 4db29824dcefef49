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
document.addEventListener("DOMContentLoaded", () => {
  const summary = document.getElementById("summary");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
  }
});
