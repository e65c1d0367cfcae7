import { SecateurError } from '../util/errors.js';
import { figureWidth, label, rounded } from './frame.js';
import { header, margin, wrapped } from './header.js';
import { ink } from './palette.js';
import { type Colouring, drawPixels, type Pixels } from './pixels.js';
import type { ScatterPlotOptions } from './scatterPlot.js';
import { svgDocument, svgElement } from './svg.js';

const gap = 12;
const captionHeight = 22;
/** Pictures of an input are larger than this only where there are few of them. */
const mostAcross = 5;

/** Pictures beside each other, all in the same colours, each with its name; `legend` explains the colours. */
export function drawGrid(
  pictures: readonly Pixels[],
  colouring: Colouring,
  { title, subtitles = [], legend }: ScatterPlotOptions & { readonly legend?: (top: number) => string },
): string {
  if (pictures.length === 0 || pictures.some(({ width, height }) => width * height === 0)) {
    throw new SecateurError('ERR_ARGUMENT', 'pictures: expected at least one, none of them empty');
  }
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys: [], width: figureWidth });
  const columns = Math.min(pictures.length, mostAcross);
  const room = Math.min(240, (figureWidth - 2 * margin + gap) / columns - gap);
  const drawn = pictures.map((picture, i) => {
    const x = rounded(margin + (i % columns) * (room + gap));
    const y = rounded(head.height + 4 + Math.floor(i / columns) * (room + captionHeight));
    return drawPicture(picture, colouring, { x, y, room });
  });
  const bottom = head.height + 4 + Math.ceil(pictures.length / columns) * (room + captionHeight);
  const height = Math.ceil(bottom + (legend === undefined ? 8 : 68));
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...drawn, legend?.(bottom) ?? ''], title);
}

function drawPicture(
  picture: Pixels,
  colouring: Colouring,
  { x, y, room }: { readonly x: number; readonly y: number; readonly room: number },
): string {
  const { width, height, says } = picture;
  const size = Math.floor((100 * room) / Math.max(width, height)) / 100;
  const frame = { x, y, width: rounded(width * size), height: rounded(height * size) };
  const border = svgElement('rect', { ...frame, fill: 'none', stroke: ink.line });
  const back = svgElement('rect', { ...frame, fill: colouring.levels[0]! });
  const name = label(says, x + frame.width / 2, y + frame.height + 15, 'middle', ink.text);
  return back + drawPixels(picture, colouring, { x, y, size }) + border + name;
}
