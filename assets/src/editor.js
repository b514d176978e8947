// The query editor: CodeMirror in a shadow tree, where its styles need no leave of the page's policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { EditorState, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { complete } from "./complete.js";
import { make } from "./dom.js";

// The colours are the page's own: custom properties reach into a shadow tree.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.literal, tags.number], color: "var(--official)" },
  { tag: [tags.variableName, tags.definition(tags.variableName), tags.special(tags.variableName)], color: "var(--editor)" },
  { tag: [tags.comment], color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.atom, tags.meta, tags.propertyName, tags.tagName], color: "var(--paper-layer)" },
]);
const look = EditorView.theme({
  "&": { font: "0.9rem/1.5 var(--mono)", background: "var(--soft)", color: "var(--ink)", border: "1px solid var(--quiet)", borderRadius: "3px" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "2px" },
  ".cm-scroller": { font: "inherit", minHeight: "14rem", maxHeight: "70vh" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": { background: "transparent", color: "var(--quiet)", border: "0" },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--ink) 5%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--link) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { background: "color-mix(in srgb, var(--official) 30%, transparent)" },
  ".cm-tooltip": { background: "var(--paper)", color: "var(--ink)", border: "1px solid var(--line)", font: "0.9rem/1.45 var(--sans)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "none" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--paper)" },
  ".cm-completionDetail": { font: "italic 0.85rem var(--sans)" },
  ".cm-completionInfo": { maxWidth: "22rem", padding: ".5rem .7rem" },
  ".cm-fault-line": { background: "color-mix(in srgb, var(--accent) 14%, transparent)" },
  ".cm-fault": { textDecoration: "underline wavy var(--accent) 2px", textUnderlineOffset: "4px", background: "color-mix(in srgb, var(--accent) 30%, transparent)" },
});

/** Replace a text area by an editor; the form goes on sending the text area. */
export function addEditor(field) {
  const host = make("div", { class: "editor" });
  const root = host.attachShadow({ mode: "open" });
  const parent = document.createElement("div");
  root.append(parent);
  field.after(host);
  // Somebody may be typing already: the editor goes on where they are.
  const hadFocus = document.activeElement === field;
  const selection = { anchor: field.selectionStart, head: field.selectionEnd };
  const view = new EditorView({
    root,
    parent,
    state: EditorState.create({ doc: field.value, selection, extensions: extensions(field) }),
  });
  field.hidden = true;
  if (hadFocus) view.focus();
  document.querySelector(`label[for=${field.id}]`)?.addEventListener("click", () => view.focus());
  field.form.addEventListener("submit", () => { field.value = view.state.doc.toString(); });
  field.required = false; // a field that does not show cannot tell that it is empty; the server does
}

function extensions(field) {
  const run = () => { field.form.requestSubmit(); return true; };
  return [
    lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
    indentUnit.of("  "), EditorView.lineWrapping, look,
    StreamLanguage.define(sparql), syntaxHighlighting(colours),
    autocompletion({ override: [complete], icons: false, maxRenderedOptions: 12 }),
    fault(field.dataset), EditorView.domEventHandlers({ beforeinput: replace }),
    // Tab is left to the page: with the keyboard alone one must get out of the editor again.
    keymap.of([{ key: "Mod-Enter", run }, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap,
      ...completionKeymap]),
    EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false", autocapitalize: "off" }),
  ];
}

/** Type over a selection here: the browser would leave inline styles, which the page's policy forbids. */
function replace(event, view) {
  if (event.inputType !== "insertText" || !event.data || event.isComposing) return false;
  if (view.state.selection.ranges.every((range) => range.empty)) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** Mark the place at which the server found the fault, until the query is changed. */
function fault({ line, column, problem }) {
  function marks({ doc }) {
    if (!line || Number(line) > doc.lines) return Decoration.none;
    const at = doc.line(Number(line));
    const from = Math.max(at.from, Math.min(at.from + Number(column) - 1, at.to - 1));
    const whole = Decoration.line({ class: "cm-fault-line" }).range(at.from);
    if (at.from === at.to) return Decoration.set([whole]);
    const place = Decoration.mark({ class: "cm-fault", attributes: { title: problem } });
    return Decoration.set([whole, place.range(from, from + 1)]);
  }
  return StateField.define({
    create: marks,
    update: (marked, change) => (change.docChanged ? Decoration.none : marked),
    provide: (field) => EditorView.decorations.from(field),
  });
}
