// The SPARQL page where scripts run: an editor for the query, tools for the result.
import { addEditor } from "./editor.js";
import { addTools } from "./results.js";

const field = document.querySelector("textarea[name=query]");
if (field) addEditor(field);
document.querySelectorAll("table[data-results]").forEach(addTools);
