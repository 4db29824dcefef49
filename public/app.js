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
  if (!summary) return;
  summary.tabIndex = -1;
  summary.focus();
}

// A part of a page that asks for news every few seconds; nobody waits for it.
const asksByItself = (element) => /every|delay:1s/.test(element.getAttribute?.("hx-trigger"));

// While htmx waits for an answer that somebody asked for, say so to assistive technology too.
for (const [name, busy] of [["beforeRequest", "true"], ["afterRequest", null]]) {
  document.addEventListener(`htmx:${name}`, ({ target }) => { if (!asksByItself(target)) document.getElementById("main").ariaBusy = busy; });
}

// What a page has to say stands in its templates: the words are the catalogue's.
function say(name, words) {
  const said = document.getElementById(name)?.content.firstElementChild.cloneNode(true);
  const content = document.querySelector("#main .content");
  if (!said || !content) return;
  document.getElementById("said")?.remove();
  said.id = "said";
  if (words) said.querySelector("p").textContent = words;
  content.prepend(said);
  said.scrollIntoView({ block: "nearest" });
}

// Forms that a signed-in person types into are sent by htmx too, so that a failure leaves the page as it is; not where a file answers.
function enhance() {
  if (!document.querySelector(".account")) return;
  for (const form of document.querySelectorAll("#main form[method=post]:not([hx-post], [data-file])")) {
    const hx = { post: form.getAttribute("action"), target: "#main", select: "#main", swap: "outerHTML show:top" };
    for (const name in hx) form.setAttribute(`hx-${name}`, hx[name]);
    htmx.process(form);
  }
}

// A request that failed says so, and takes nothing away that is typed.
document.addEventListener("htmx:sendError", (event) => { if (!asksByItself(event.target)) say("unsent"); });
document.addEventListener("htmx:timeout", () => say("unsent"));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target.id !== "main" && xhr.status < 400) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html").getElementById("main");
  if (page && (xhr.status < 400 || page.querySelector("form"))) return;
  event.detail.shouldSwap = false;
  say("unanswered", page?.querySelector("[role=alert] p")?.textContent);
});

// What is typed and not sent comes back with its page: in this tab, for this person.
const draft = () => `${document.querySelector(".account p")?.firstChild.textContent} ${location.pathname}`;
const fields = () => [...document.querySelectorAll("#main form[method=post]")].flatMap((form) => [...form.elements])
  .filter((field) => field.name && field.matches("textarea:not(.secret), input:not([type=hidden], [type=password], [type=checkbox], [type=radio], [type=file])"));
function remember(except) {
  const typed = fields().filter((field) => field.form !== except && field.value !== field.defaultValue);
  sessionStorage.setItem(draft(), JSON.stringify(typed.map((field) => [field.name, field.value, field.defaultValue])));
  return typed.length;
}
function restore() {
  if (!document.querySelector(".account")) return;
  for (const [name, value, was] of JSON.parse(sessionStorage.getItem(draft()) ?? "[]")) {
    const field = fields().find((field) => field.name === name && field.value === was);
    if (!field) continue;
    field.value = value;
    say("restored");
  }
}
document.addEventListener("input", () => { if (document.querySelector(".account")) remember(); });
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  if (elt.tagName === "FORM" && elt.getAttribute("method") === "post" && xhr.status < 400) remember(elt);
  // A page that only looks for news does not go to the sign-in with what is typed.
  else if (elt.tagName !== "FORM" && xhr.getResponseHeader("HX-Redirect") && remember()) event.preventDefault();
});
document.addEventListener("submit", (event) => { if (event.target.getAttribute("action")?.endsWith("/logout")) sessionStorage.clear(); });

for (const shown of ["DOMContentLoaded", "htmx:afterSettle"]) {
  document.addEventListener(shown, (event) => {
    if (event.target === document || event.target.id === "main") [showSummary, enhance, restore].forEach((step) => step());
  });
}
