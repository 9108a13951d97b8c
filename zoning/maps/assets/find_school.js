"use strict";
/* Find a school by part of its name: a text box with a list of hits, the combobox pattern of
   the ARIA Authoring Practices with an editable box and a list that is chosen from by hand. */

const HITS_SHOWN = 10;

/* Letters that are no letter with an accent, as they are typed without them. */
const PLAIN_LETTERS = { "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th" };

/** The words of a text without accents, case and punctuation: "St. Mary’s" is ["st", "marys"]. */
function plainWords(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f'’‘`ʻʼ]/g, "").toLowerCase()
    .replace(/[ßæœøđðłıþ]/g, (letter) => PLAIN_LETTERS[letter]);
  return plain.match(/[\p{L}\p{M}\p{N}]+/gu) || [];
}

/**
 * The positions of the names in which a text is found, best first: names that begin with it,
 * then those in which each of its words begins a word, then those that hold each word somewhere.
 * `plain` are the words of each name.
 */
function matchNames(names, text, plain = names.map(plainWords)) {
  const wanted = plainWords(text);
  const whole = wanted.join("");
  const rank = (name, words) => {
    const joined = words.join("");
    if (!wanted.length) return name.toLowerCase().includes(text.trim().toLowerCase()) ? 2 : 3;
    if (joined.startsWith(whole)) return 0;
    if (wanted.every((part) => words.some((word) => word.startsWith(part)))) return 1;
    return joined.includes(whole) || wanted.every((part) => joined.includes(part)) ? 2 : 3;
  };
  return names
    .map((name, k) => ({ k, name, rank: rank(name, plain[k]) }))
    .filter((hit) => hit.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name, "en") || a.k - b.k)
    .map((hit) => hit.k);
}

/**
 * Put a box into `holder` that finds a school of `page.schools`.
 *
 * `choose(k)` is called with the school that is chosen; schools for which `isListed(k)` is
 * false are not found.
 */
function findSchool(holder, page, { choose, isListed = () => true }) {
  const id = "find-box";
  const label = "Find a school";
  const names = page.schools.map((school) => school.name);
  const plain = names.map(plainWords);
  const input = el("input", "");
  const list = el("ul", "hits");
  const more = el("p", "more", "");
  const popup = el("div", "popup", list, more);
  const status = el("span", "unseen", "");
  let hits = [];
  let active = -1;
  Object.entries({
    id, type: "text", role: "combobox", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    placeholder: label, "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": `${id}-hits`,
  }).forEach(([name, value]) => input.setAttribute(name, value));
  list.id = `${id}-hits`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Schools found");
  status.setAttribute("role", "status");
  popup.hidden = true;
  holder.append(el("div", "find", input, popup, status));

  input.addEventListener("input", search);
  input.addEventListener("keydown", onKey);
  input.addEventListener("blur", close);
  input.addEventListener("focus", () => input.select());
  popup.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) accept([...list.children].indexOf(item));
  });

  function search() {
    const text = input.value;
    const found = text.trim() ? matchNames(names, text, plain).filter(isListed) : [];
    hits = found.slice(0, HITS_SHOWN);
    list.replaceChildren(...hits.map((k, h) => {
      const item = el("li", "", el("span", "hit", names[k]), el("span", "of", kindOf(page, page.schools[k].level).name));
      item.id = `${id}-${h}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      return item;
    }));
    const rest = found.length - hits.length;
    more.textContent = rest ? `and ${rest} more: type more of the name`
      : hits.length ? "" : "No school has this in its name.";
    more.hidden = !more.textContent;
    status.textContent = !text.trim() ? "" : found.length ? `${plural(found.length, "school", "schools")} found` : more.textContent;
    activate(-1);
    expand(text.trim() !== "");
  }

  function expand(open) {
    popup.hidden = !open;
    input.setAttribute("aria-expanded", String(open && hits.length > 0));
  }

  function close() {
    activate(-1);
    expand(false);
  }

  function activate(h) {
    if (list.children[active]) list.children[active].setAttribute("aria-selected", "false");
    active = h;
    if (h < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    const item = list.children[h];
    item.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function accept(h) {
    if (hits[h] === undefined) return;
    const k = hits[h];
    input.value = names[k];
    status.textContent = "";
    close();
    choose(k);
  }

  function onKey(event) {
    const down = event.key === "ArrowDown";
    if (down || event.key === "ArrowUp") {
      event.preventDefault();
      if (popup.hidden) search();
      const { length } = hits;
      if (length) activate(active < 0 ? (down ? 0 : length - 1) : (active + (down ? 1 : -1) + length) % length);
    } else if (event.key === "Enter" && !popup.hidden) {
      event.preventDefault();
      accept(Math.max(active, 0));
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (popup.hidden) clear();
      else close();
    }
  }

  function clear() {
    input.value = "";
    status.textContent = "";
    close();
  }
}
