// The search of the site. It loads the site's own index at the first use, and sends
// nothing. Without this script the form stays hidden, and the menu lists all pages.
"use strict";
const home = new URL(".", document.currentScript.src);
const form = document.querySelector(".search");
const input = form.querySelector("input");
const list = form.querySelector(".results");
const status = form.querySelector("output");
const most = 12;
let index;

async function load() {
  index ??= fetch(new URL("index.json", home)).then((answer) => answer.json());
  return index;
}

// score is 0 if a word is missing. A word in the heading counts most.
function score([heading, page, , text], words) {
  let sum = 0;
  for (const word of words) {
    const h = heading.toLowerCase();
    if (h === word) sum += 40;
    else if (h.includes(word)) sum += 20;
    else if (page.toLowerCase().includes(word)) sum += 8;
    else if (text.toLowerCase().includes(word)) sum += 2;
    else return 0;
  }
  return sum + (heading === page ? 3 : 0);
}

// excerpt is the text around the first word.
function excerpt(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 50);
  return (at > 0 ? "…" : "") + text.slice(at, at + 140).trim() + "…";
}

async function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = words.length > 0 ? await load() : [];
  const found = entries
    .map((entry) => [score(entry, words), entry])
    .filter(([points]) => points > 0)
    .sort((a, b) => b[0] - a[0])
    .slice(0, most);
  list.replaceChildren(...found.map(([, [heading, page, address, text]]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = new URL(address || "index.html", home);
    link.textContent = heading;
    const more = document.createElement("span");
    more.textContent = (heading === page ? "" : page + ": ") + excerpt(text, words[0]);
    link.append(more);
    item.append(link);
    return item;
  }));
  list.hidden = found.length === 0;
  status.value = words.length === 0 ? "" : `${found.length === most ? "at least " : ""}${found.length} found`;
}

form.hidden = false;
form.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
form.addEventListener("keydown", (event) => {
  const places = [input, ...list.querySelectorAll("a")];
  const at = places.indexOf(document.activeElement);
  if (event.key === "ArrowDown") places[Math.min(at + 1, places.length - 1)].focus();
  else if (event.key === "ArrowUp") places[Math.max(at - 1, 0)].focus();
  else if (event.key === "Escape") list.hidden = true;
  else return;
  event.preventDefault();
});
