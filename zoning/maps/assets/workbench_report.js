"use strict";
/* The workbench in a notebook: reports its plan to the window that holds it, and opens the plans
   that this window sends. Both ways a message carries the channel, a secret of this page and that
   window; nothing of the plan is sent before the window has shown that it knows it. */

function reportPlans(state, sheet) {
  const { channel } = sheet;
  let heard = false; // whether the window has shown that it knows the channel
  let opening = false;

  // The page has no origin of its own in a sandboxed frame, and cannot know that of its window.
  const tell = (message) => window.parent.postMessage({ channel, ...message }, "*");

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || event.data.channel !== channel) return;
    heard = true;
    if (event.data.record) open(event.data.record);
  });
  state.onChange((what) => {
    if (heard && !opening && ["plan", "locked", "log"].includes(what)) {
      tell({ record: JSON.stringify(state.record("")) });
    }
  });
  if (window.parent !== window) tell({ ready: true });

  function open(text) {
    const record = readText(text);
    const opened = record ? openRecord(sheet, record) : { refused: "What the notebook sent is no plan." };
    opening = true;
    if (!opened.refused) state.load({ ...opened, done: "Opened the plan of the notebook" });
    opening = false;
    tell({ fault: opened.refused || "" });
  }

  function readText(text) {
    try {
      return readRecord(JSON.parse(text));
    } catch (error) {
      return null;
    }
  }
}
