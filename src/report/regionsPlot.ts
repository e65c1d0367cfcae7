import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import { figureWidth, label, rounded } from './frame.js';
import { header, type Keyed, margin, wrapped } from './header.js';
import { ink } from './palette.js';
import { svgDocument, svgElement } from './svg.js';

/** Colours of classes, by the names that matplotlib gives them; the first is Okabe and Ito's. */
export const classColours = {
  'okabe-ito': ['#0072b2', '#d55e00', '#009e73', '#cc79a7'],
  Accent: ['#7fc97f', '#beaed4', '#fdc086', '#ffff99'],
  Dark2: ['#1b9e77', '#d95f02', '#7570b3', '#e7298a'],
  Set1: ['#e41a1c', '#377eb8', '#4daf4a', '#984ea3'],
  tab10: ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728'],
} as const;

/** Colours of classes by name. */
export type ColourMap = keyof typeof classColours;

/** All sets of colours. */
export const colourMaps = Object.keys(classColours) as readonly ColourMap[];

/** A part of the plane, cut into cells. */
export interface RegionsWindow {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
}

/** Decision regions with points on them. */
export interface RegionsTile {
  readonly title: string;
  /** The class of each cell, row after row from the top. */
  readonly cells: ArrayLike<number>;
  /** Two numbers a point. */
  readonly points: ArrayLike<number>;
  /** The class of each point. */
  readonly labels: ArrayLike<number>;
}

/** What stands around the regions. */
export interface RegionsPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
  readonly window: RegionsWindow;
  /** Default `okabe-ito`. */
  readonly colours?: ColourMap;
  /** Tiles side by side; default 2. */
  readonly columns?: number;
}

const titleHeight = 22;
const gap = 16;

/** Of a tile's plane, in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Tiles of decision regions, each with its points in the colours of their true classes: where a point's colour is not that of
 * its surroundings the network is wrong. A standalone SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there are no tiles, if cells do not fill the window, or for unknown colours.
 */
export function plotRegions(tiles: readonly RegionsTile[], options: RegionsPlotOptions): string {
  expectArguments({ tiles, options });
  expectArguments({ window: options.window });
  const { title, subtitles = [], window, columns = 2 } = options;
  checkTiles(tiles, window);
  const colours = classColours[expectOneOf('colours', options.colours ?? 'okabe-ito', colourMaps)];
  const across = Math.min(columns, tiles.length);
  const width = rounded((figureWidth - 2 * margin + gap) / across - gap);
  const classes = [...new Set(tiles.flatMap(({ labels }) => Array.from(labels)))].sort((a, b) => a - b);
  const keys = classes.map(
    (number): Keyed => ({ says: `class ${number}`, key: keyOf(colours[number % colours.length]!) }),
  );
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys, width: figureWidth });
  const size = { width, height: rounded((width * (window.top - window.bottom)) / (window.right - window.left)) };
  const drawn = tiles.map((tile, i) => {
    const x = rounded(margin + (i % across) * (width + gap));
    const y = rounded(head.height + 8 + Math.floor(i / across) * (titleHeight + size.height + gap));
    return svgElement('g', { transform: `translate(${x},${y})` }, drawTile(tile, window, size, colours));
  });
  const rows = Math.ceil(tiles.length / across);
  const height = Math.ceil(head.height + 8 + rows * (titleHeight + size.height + gap) + margin - gap);
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...drawn], title);
}

function checkTiles(tiles: readonly RegionsTile[], { rows, columns }: RegionsWindow): void {
  if (tiles.length === 0) throw new SecateurError('ERR_ARGUMENT', 'tiles: expected at least one');
  const wrong = tiles.find(({ cells }) => cells.length !== rows * columns);
  if (wrong === undefined) return;
  const message = `tile "${wrong.title}": expected ${rows} x ${columns} cells but received ${wrong.cells.length}`;
  throw new SecateurError('ERR_ARGUMENT', message);
}

const keyOf =
  (colour: string) =>
  (x: number, y: number): string =>
    svgElement('rect', { x: x + 2, y: y - 7, width: 20, height: 14, fill: colour, 'fill-opacity': 0.5 }) +
    svgElement('circle', { cx: x + 12, cy: y, r: 3, fill: darkened(colour), stroke: ink.onDeep, 'stroke-width': 0.75 });

/** At 80 % of its brightness, so that points are seen on their own region. */
const darkened = (colour: string): string =>
  `#${[1, 3, 5]
    .map((at) =>
      Math.round(Number.parseInt(colour.slice(at, at + 2), 16) * 0.8)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

function drawTile(
  { title, cells, points, labels }: RegionsTile,
  window: RegionsWindow,
  size: Size,
  colours: readonly string[],
): string {
  const thick = points.length > 1000 ? 2.4 : points.length > 120 ? 4.5 : 7.5;
  const dots = pointPaths(points, labels, window, size);
  const drawn = [...dots].flatMap(([own, d]) => [
    ...(thick > 3 ? [svgElement('path', { d, stroke: ink.onDeep, 'stroke-width': thick + 1.5 })] : []),
    svgElement('path', { d, stroke: darkened(colours[own % colours.length]!), 'stroke-width': thick }),
  ]);
  const paper = { x: 0, y: titleHeight, ...size, fill: ink.onDeep };
  const regions = svgElement('g', { 'fill-opacity': 0.5 }, regionPaths(cells, window, size, colours).join(''));
  return (
    label(title, 0, 14, 'start', ink.text) +
    svgElement('rect', paper) +
    regions +
    svgElement('g', { 'stroke-linecap': 'round' }, drawn.join(''))
  );
}

/** For each class a path of its points within the window, each a stroke without length: round ends make dots of them. */
function pointPaths(
  points: ArrayLike<number>,
  labels: ArrayLike<number>,
  { left, right, bottom, top }: RegionsWindow,
  { width, height }: Size,
): Map<number, string> {
  const paths = new Map<number, string>();
  for (let i = 0; i < labels.length; i++) {
    const x = ((points[2 * i]! - left) / (right - left)) * width;
    const y = ((top - points[2 * i + 1]!) / (top - bottom)) * height;
    if (x < 0 || x > width || y < 0 || y > height) continue;
    const place = `${Number(x.toFixed(1))},${Number((titleHeight + y).toFixed(1))}`;
    paths.set(labels[i]!, `${paths.get(labels[i]!) ?? ''}M${place}h0`);
  }
  return new Map([...paths].sort(([a], [b]) => a - b));
}

/** One path a class: each stretch of a row is a rectangle, with hard edges, so that no seams show. */
function regionPaths(
  cells: ArrayLike<number>,
  { rows, columns }: RegionsWindow,
  { width, height }: Size,
  colours: readonly string[],
): string[] {
  const paths = new Map<number, string[]>();
  const [w, h] = [width / columns, height / rows];
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < columns; ) {
      const own = cells[row * columns + from]!;
      let to = from;
      while (to < columns && cells[row * columns + to] === own) to++;
      const path = paths.get(own) ?? [];
      paths.set(own, path);
      const [x, y] = [rounded(from * w), rounded(titleHeight + row * h)];
      path.push(`M${x},${y}h${rounded((to - from) * w)}v${rounded(h)}h${rounded((from - to) * w)}z`);
      from = to;
    }
  }
  const crisp = { 'shape-rendering': 'crispEdges' };
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([own, path]) => svgElement('path', { d: path.join(''), fill: colours[own % colours.length]!, ...crisp }));
}
