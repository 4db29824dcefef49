// For hands and ears: keys that press buttons, focus that stays where one works, results that are said aloud.
"use strict";

const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const isThere = (element) => !element.disabled && element.checkVisibility();

// Lines of a list: to the next, or to the one before.
function step(by) {
  const rows = [...document.querySelectorAll("#main .lines a.row")];
  const at = rows.indexOf(document.activeElement);
  (at < 0 ? rows[0] : rows[at + by])?.focus();
  return rows.length > 0;
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form) {
    event.preventDefault();
    const send = document.getElementById(target.dataset.send);
    if (send) send.click();
    else target.form.requestSubmit();
    return;
  }
  const list = document.getElementById("shortcuts");
  if (!list || list.open || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || isTyping(target)) return;
  const found = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && isThere(one));
  if (key === "?") list.showModal();
  else if (found?.matches("input, textarea")) found.focus();
  else if (found) found.click();
  else if (key === "x") target.closest("tr")?.querySelector(".tick input")?.click();
  else if (!((key === "j" && step(1)) || (key === "k" && step(-1)))) return;
  event.preventDefault();
});
document.addEventListener("click", ({ target }) => {
  if (target.id === "shortcuts-close") document.getElementById("shortcuts").close();
  if (target.id === "print") print();
});

// What one pressed says that it waits; nothing says when a file has come.
document.addEventListener("submit", ({ target, submitter }) => "file" in target.dataset || submitter?.setAttribute("aria-busy", "true"));
function rest() {
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}
addEventListener("pageshow", rest);
document.addEventListener("htmx:afterRequest", rest);

// A page that nobody looks at asks nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && /every/.test(event.target.getAttribute?.("hx-trigger"))) event.preventDefault();
});

// Where one works in a part that is replaced: the same button or field afterwards, or what it stood in.
let worked = null;
const action = (element) => element.getAttribute("formaction") ?? element.getAttribute("href");
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const element = document.activeElement;
  if (!element || element === document.body || !detail.target.contains(element)) return;
  worked = { id: element.id, name: element.name, value: element.value, action: action(element), around: element.closest("[id]:not(#main)")?.id };
});
function goOn(part) {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (worked && lost) {
    const { id, name, value, action: way, around } = worked;
    const same = (one) => one.name === name && one.value === value && action(one) === way;
    const alike = way ? [...document.querySelectorAll("#main :is(button, a)")].find(same) : null;
    const place = document.getElementById(id) ?? alike ?? document.querySelector(".chevrons [aria-current]") ?? document.getElementById(around) ?? part;
    if (place.tabIndex < 0) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
  worked = null;
}

// What came of it is said, wherever it stands.
function aloud(words) {
  document.getElementById("spoken").textContent = words.textContent.replace(/\s+/g, " ").trim().slice(0, 300);
}
function speak(part) {
  const words = part.querySelector?.("[role=alert], [data-said]") ?? part.querySelector?.(".message, .pager span, .empty h2");
  if (words) aloud(words);
}
document.addEventListener("htmx:afterSettle", ({ target }) => {
  goOn(target);
  if (target.id === "main" || target.id === "found") speak(target);
});

// A page that begins with what came of a press, too: once somebody listens.
const came = document.querySelector("#main .message[role=status]");
if (came) setTimeout(() => aloud(came), 500);

for (const button of document.querySelectorAll("#print")) button.hidden = false;
