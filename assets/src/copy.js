// A button that copies the text of an element: identifiers, citations, programs.
import { make } from "./dom.js";

/** Put a button after `element`, which `data-copy` names for people who do not see it. */
export function addCopyButtons(element) {
  if (!navigator.clipboard) return;
  const what = element.dataset.copy;
  const button = make("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  const told = make("span", { class: "hidden", role: "status" });
  button.addEventListener("click", async () => {
    const failed = await navigator.clipboard.writeText(element.textContent).catch(() => true);
    button.textContent = failed ? "Failed" : "Copied";
    told.textContent = failed ? `Could not copy ${what}` : `Copied ${what}`;
    setTimeout(() => { button.textContent = "Copy"; told.textContent = ""; }, 2000);
  });
  element.after(button, told);
}
