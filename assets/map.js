// Makes the geometry of the map of States: reads world-atlas, writes width, height, outline, land and one path for each State.
// Usage: node map.js OUTPUT. Natural Earth's 50m file is used: the 110m one lacks small States.
import { readFile, rename, writeFile } from "node:fs/promises";
import { geoArea, geoCentroid, geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";

const WIDTH = 4000; // units of the drawing; one is about a quarter of a pixel on a wide screen
const SMALL_STATE = 250; // square units, about 20,000 km²: a smaller State is drawn as a circle
const SMALLEST_ISLAND = 4; // square units
const LEAST_DETAIL = 0.06; // square degrees that a vertex must be worth: about 7 square units at the equator

const atlas = JSON.parse(await readFile("node_modules/world-atlas/countries-50m.json", "utf8"));
const exact = feature(atlas, atlas.objects.countries).features;
const weighted = presimplify(atlas);
const simple = feature(simplify(weighted, LEAST_DETAIL), atlas.objects.countries).features;

const projection = geoEqualEarth().fitWidth(WIDTH, { type: "Sphere" });
const path = geoPath(projection).digits(0);
const height = Math.ceil(path.bounds({ type: "Sphere" })[1][1]);

// Steps from point to point, which are half as long as absolute places.
function relative(d) {
  return d.replace(/M[^MZ]*Z/g, (ring) => {
    const points = ring.slice(1, -1).split("L").map((point) => point.split(",").map(Number));
    const steps = points.slice(1).map(([x, y], i) => [x - points[i][0], y - points[i][1]]).filter(([x, y]) => x || y);
    if (!steps.length) return ""; // so small that it is one point
    return `M${points[0]}l${steps.map(([x, y]) => (y < 0 ? `${x}${y}` : `${x} ${y}`)).join(" ").replace(/ -/g, "-")}z`;
  });
}

// A path without the rings that are smaller than an island worth drawing.
function outline(shape) {
  const { type, coordinates } = shape.geometry;
  const parts = type === "MultiPolygon" ? coordinates : [coordinates];
  const drawn = parts.filter((part) => path.area({ type: "Polygon", coordinates: part }) >= SMALLEST_ISLAND);
  return drawn.length ? relative(path({ type: "MultiPolygon", coordinates: drawn })) : "";
}

// The middle of the largest part, so that the circle of an archipelago lies on land.
function middle(shape) {
  const { type, coordinates } = shape.geometry;
  const parts = (type === "MultiPolygon" ? coordinates : [coordinates]).map((part) => ({ type: "Polygon", coordinates: part }));
  const largest = parts.reduce((a, b) => (geoArea(b) > geoArea(a) ? b : a));
  return projection(geoCentroid(largest)).map(Math.round);
}

const states = {};
let land = "";
for (const [i, country] of exact.entries()) {
  const d = outline(simple[i]);
  if (country.id && !(country.id in states)) {
    states[country.id] = path.area(country) < SMALL_STATE ? { d, at: middle(country) } : { d };
  } else {
    land += d; // land that the atlas gives no code of its own
  }
}
const geometry = { width: WIDTH, height, outline: relative(path({ type: "Sphere" })), states, land };
const output = process.argv[2];
await writeFile(`${output}.part`, JSON.stringify(geometry));
await rename(`${output}.part`, output);
