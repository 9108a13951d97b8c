/* The cell of a notebook that shows a workbench: a frame that can reach nothing around it. What it
   reports goes to Python as text, which decides whether it is a plan. */

/** Characters of a report: a thousand schools and as many edits with reasons have a tenth of it. */
const LONGEST_REPORT = 4e6;

function render({ model, el }) {
  const channel = model.get("_channel");
  const frame = document.createElement("iframe");
  frame.title = model.get("_title");
  frame.setAttribute("sandbox", model.get("_sandbox"));
  frame.style.cssText = `display:block;width:100%;height:${model.get("_height")}px;border:0`;
  frame.srcdoc = model.get("_page");
  const fault = document.createElement("pre");
  fault.setAttribute("role", "alert");
  fault.style.cssText = "white-space:pre-wrap;margin:0;color:#b00020;font:inherit";
  const mine = new Set(); // reports of the frame, which come back if they are plans
  let refused = ""; // why the frame could not open the model's plan

  const send = (record) => frame.contentWindow.postMessage({ channel, record }, "*");

  function hear(event) {
    const said = event.data;
    if (event.source !== frame.contentWindow || !said || said.channel !== channel) return;
    if (said.ready === true) {
      send(model.get("_record"));
    } else if (typeof said.fault === "string") {
      refused = said.fault;
      tell();
    } else {
      const isText = typeof said.record === "string" && said.record.length <= LONGEST_REPORT;
      const report = isText ? said.record : "no text, or too much of it";
      mine.add(report);
      model.set("_report", report);
      model.save_changes();
    }
  }

  function show() {
    const record = model.get("_record");
    if (!mine.delete(record)) send(record);
  }

  function tell() {
    fault.textContent = [model.get("_fault"), refused].filter((text) => text).join("\n");
  }

  window.addEventListener("message", hear);
  model.on("change:_record", show);
  model.on("change:_fault", tell);
  tell();
  el.append(frame, fault);
  return () => {
    window.removeEventListener("message", hear);
    model.off("change:_record", show);
    model.off("change:_fault", tell);
  };
}

export default { render };
