// Keys and comfort; every page works without this.
//   /  find    j k  next and previous entry    n p  later and earlier change    ?  this list
"use strict";

const entries = () => [...document.querySelectorAll("[data-keys] > *")];

function step(by) {
  const all = entries();
  const here = all.findIndex((entry) => entry.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  if (!next) return;
  const target = next.querySelector("a") || next;
  (next.hasAttribute("tabindex") ? next : target).focus();
  next.scrollIntoView({ block: "nearest" });
}

function follow(relation) {
  const link = document.querySelector(`a[rel="${relation}"]`);
  if (link) link.click();
}

const keys = {
  "/": () => document.getElementById("find").focus(),
  j: () => step(1),
  k: () => step(-1),
  n: () => follow("next"),
  p: () => follow("prev"),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

// A choice in a filter is applied at once.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
}

// A link to a passage opens the fold it lies in.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = target && target.closest("details:not([open])");
  if (fold) {
    fold.open = true;
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", reveal);
reveal();

// What takes long says that it is at work, and is asked for once.
for (const form of document.querySelectorAll("form[data-slow]")) {
  const told = form.querySelector("[role=status]");
  form.addEventListener("submit", (event) => {
    if (told.firstChild) return event.preventDefault();
    const began = Date.now();
    const seconds = document.createElement("span");
    seconds.setAttribute("aria-hidden", "true");
    told.append(document.createElement("progress"), ` ${form.dataset.slow} … `, seconds);
    setInterval(() => (seconds.textContent = `${Math.round((Date.now() - began) / 1000)} s`), 1000);
  });
  window.addEventListener("pageshow", () => told.replaceChildren()); // also when one comes back
}
