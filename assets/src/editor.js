// The query editor: CodeMirror in a shadow tree, where its styles need no leave of the page's policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
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
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "18rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--paper)" },
  ".cm-completionDetail": { font: "italic 0.85rem var(--sans)" },
  ".cm-completionInfo": { maxWidth: "22rem", padding: ".5rem .7rem" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--accent)" },
});

/** Replace a text area by an editor; the form goes on sending the text area. */
export function addEditor(field) {
  const host = make("div", { class: "editor" });
  const root = host.attachShadow({ mode: "open" });
  const parent = document.createElement("div");
  root.append(parent);
  field.after(host);
  const view = new EditorView({
    root,
    parent,
    state: EditorState.create({ doc: field.value, extensions: extensions(field) }),
  });
  field.hidden = true;
  document.querySelector(`label[for=${field.id}]`)?.addEventListener("click", () => view.focus());
  field.form.addEventListener("submit", () => { field.value = view.state.doc.toString(); });
  field.required = false; // a field that does not show cannot tell that it is empty; the server does
}

function extensions(field) {
  const run = () => { field.form.requestSubmit(); return true; };
  return [
    lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
    indentUnit.of("  "), EditorView.lineWrapping, lintGutter(), look,
    StreamLanguage.define(sparql), syntaxHighlighting(colours),
    autocompletion({ override: [complete], icons: false }),
    linter(problem(field), { delay: 0 }),
    // Tab is left to the page: with the keyboard alone one must get out of the editor again.
    keymap.of([{ key: "Mod-Enter", run }, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap,
      ...completionKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false", autocapitalize: "off" }),
  ];
}

/** Mark what the server said of the query, where it said it, until the query is changed. */
function problem(field) {
  const { line, column, problem: message } = field.dataset;
  return (view) => {
    if (!message || view.state.doc.toString() !== field.value) return [];
    const at = view.state.doc.line(Math.min(Number(line) || 1, view.state.doc.lines));
    const from = Math.min(at.from + Math.max(Number(column) - 1 || 0, 0), at.to);
    return [{ from, to: Math.max(from, Math.min(from + 1, at.to)), severity: "error", message }];
  };
}
