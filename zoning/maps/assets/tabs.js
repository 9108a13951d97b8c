"use strict";
/* Tabs: one view of several, by mouse and by arrow keys. */

/**
 * Make tabs of the buttons in a list; each controls the element its `aria-controls` names.
 * `open(id)` is called with that name. Returns a function that opens a view by name.
 */
function tabList(list, open) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    open(chosen.getAttribute("aria-controls"));
  };
  tabs.forEach((tab, k) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      next.focus();
      choose(next);
    });
  });
  return (id) => choose(tabs.find((tab) => tab.getAttribute("aria-controls") === id));
}
