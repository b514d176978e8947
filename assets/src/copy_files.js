// The files of a copy of the site on disk: where they are, and how they are unpacked. Browsers let no page on disk fetch
// another file, so each is a script that hands over its text; in a single page they are elements of it.
import { decompress } from "fzstd";
import { make } from "./dom.js";

/** What the copy tells of itself: `root` is the way to its folder, or absent where it is one page. */
export const copy = document.currentScript.dataset;

/** Return the address, as it works on disk, of a path of the site such as /id/state/chn. */
export function address(path) {
  if (copy.root === undefined) return `#${path}`;
  const [place, query] = path.split("?");
  return `${copy.root}${place === "/" ? "index" : place.slice(1)}.html${query ? `?${query}` : ""}`;
}

/** Return the path of an address of the site, which may be an IRI. */
export const pathOf = (iri) => (iri.startsWith(copy.base) ? `/${iri.slice(copy.base.length)}` : iri);

/** Return the path that this page shows, with its query. */
export function shownPath() {
  if (copy.root === undefined) return location.hash.slice(1) || "/";
  return location.search ? `/${location.pathname.split("/").pop().replace(/\.html$/, "")}${location.search}` : "";
}

/** Return the bytes of a file of the copy, as they were before they were packed. */
export async function file(name) {
  const element = document.getElementById(`file-${name}`);
  const text = element ? element.textContent : await handedOver(name);
  return decompress(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
}

function handedOver(name) {
  return new Promise((resolve, reject) => {
    const onload = () => resolve(globalThis.spacelawFiles[name]);
    const onerror = () => reject(new Error(`The file static/${name}.js of this copy is missing.`));
    document.head.append(make("script", { src: `${copy.root}static/${name}.js`, onload, onerror }));
  });
}

/** Return the text of a file of the copy. */
export const text = async (name) => new TextDecoder().decode(await file(name));
