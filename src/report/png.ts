import { expectArguments } from '../util/arguments.js';
import { writeFileAtomic } from '../util/atomic.js';
import { SecateurError } from '../util/errors.js';

/** How letters are drawn. */
export interface PngOptions {
  /** A font file (.ttf, .otf) that all text is drawn with; default: the fonts of the system. */
  readonly font?: string;
  /** Pixels for each unit of the SVG; default 2. */
  readonly zoom?: number;
}

type Resvg = typeof import('@resvg/resvg-js');

async function loadResvg(): Promise<Resvg> {
  try {
    return (await import('@resvg/resvg-js')) as Resvg;
  } catch (cause) {
    throw new SecateurError('ERR_BACKEND', 'PNG files need the package @resvg/resvg-js, which is not there', {
      hint: 'npm install @resvg/resvg-js@2.6.2, or write an .svg file, which needs no package',
      cause,
    });
  }
}

const fontOf = ({ font }: PngOptions) =>
  font === undefined ? { loadSystemFonts: true } : { loadSystemFonts: false, fontFiles: [font] };

/** Where there is no font, letters are left out without a word: one is drawn to see. */
const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="8">M</text></svg>';

/**
 * Makes sure that PNG files can be drawn here, before a long work that ends with one.
 *
 * @throws SecateurError ERR_BACKEND without the package `@resvg/resvg-js` or any font; ERR_IO for a font file without one.
 */
export async function expectPng(options: PngOptions = {}): Promise<Resvg> {
  expectArguments({ options });
  const resvg = await loadResvg();
  if (new resvg.Resvg(probe, { font: fontOf(options) }).getBBox() !== undefined) return resvg;
  if (options.font !== undefined) {
    throw new SecateurError('ERR_IO', `${options.font}: there is no font in this file`, {
      hint: 'name a .ttf or .otf file that can be read',
    });
  }
  throw new SecateurError('ERR_BACKEND', 'no fonts were found on this system: a PNG would have no text', {
    hint: 'name a font file (--font FILE.ttf), or write an .svg file, which needs none',
  });
}

/**
 * A plot as PNG, light.
 *
 * @throws SecateurError as {@link expectPng}; ERR_DATA for what is no SVG.
 */
export async function renderPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  expectArguments({ svg, options });
  const { renderAsync } = await expectPng(options);
  const fitTo = { mode: 'zoom', value: options.zoom ?? 2 } as const;
  try {
    return (await renderAsync(svg, { font: fontOf(options), fitTo, background: 'white' })).asPng();
  } catch (cause) {
    throw new SecateurError('ERR_DATA', `svg: cannot be drawn: ${(cause as Error).message}`, { cause });
  }
}

/** Whether a file of this name is written as PNG: all others are SVG. */
export function isPng(path: string): boolean {
  expectArguments({ path });
  return path.toLowerCase().endsWith('.png');
}

/**
 * Writes a plot: as PNG where the file's name ends so, else as SVG.
 *
 * @throws SecateurError ERR_IO if the file cannot be written; for a PNG as {@link renderPng}.
 */
export async function savePlot(path: string, svg: string, options: PngOptions = {}): Promise<void> {
  expectArguments({ path, svg, options });
  await writeFileAtomic(path, isPng(path) ? await renderPng(svg, options) : svg);
}
