// What every page gets where scripts run: suggestions, copying, sorting, zoom. Pages are complete without it.
import { addCopyButtons } from "./copy.js";
import { addSuggestions } from "./suggest.js";
import { makeSortable } from "./sort.js";
import { addZoom } from "./zoom.js";

document.querySelectorAll("form.find").forEach(addSuggestions);
document.querySelectorAll("[data-copy]").forEach(addCopyButtons);
document.querySelectorAll("table[data-sort]").forEach((table) => makeSortable(table));
document.querySelectorAll("[data-zoom]").forEach(addZoom);
