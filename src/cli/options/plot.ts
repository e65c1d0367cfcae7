import type { Command } from 'commander';
import { expectPng, expectWritable, isPng, SecateurError, savePlot } from '../../index.js';
import { withFile } from '../output.js';

export interface PlotFlags {
  readonly plot?: string;
  readonly font?: string;
}

/** A plot besides the results; `says` what it shows. */
export const addPlotOption = (command: Command, says: string): Command =>
  command.option('--plot <FILE.svg|png>', says).option('--font <FILE>', "font of a PNG plot (default: the system's)");

/** @throws SecateurError ERR_ARGUMENT, ERR_IO or ERR_BACKEND for a plot that could not be written: before the work, not after it. */
export async function expectPlot({ plot, font }: PlotFlags): Promise<void> {
  expectFontUsed(font, plot !== undefined && isPng(plot), '--plot FILE.png');
  if (plot === undefined) return;
  if (!/\.(svg|png)$/i.test(plot)) {
    throw new SecateurError('ERR_ARGUMENT', `--plot: expected a file .svg or .png but received "${plot}"`);
  }
  await expectWritable(plot);
  if (isPng(plot)) await expectPng(fontOf(font));
}

/** Draws and writes the plot, if one was asked for, then does the rest; if that fails, there is what was there before. */
export async function withPlot(
  { plot, font }: PlotFlags,
  draw: () => string | Promise<string>,
  rest: () => Promise<void>,
): Promise<void> {
  await withFile(plot, async (path) => savePlot(path, await draw(), fontOf(font)), rest);
}

/** @throws SecateurError ERR_ARGUMENT for a font that nothing is drawn with: only PNGs hold the letters themselves. */
export function expectFontUsed(font: string | undefined, drawsPng: boolean, flag: string): void {
  if (font === undefined || drawsPng) return;
  throw new SecateurError('ERR_ARGUMENT', '--font: nothing is drawn as PNG', { hint: `add ${flag}` });
}

export const fontOf = (font: string | undefined): { font?: string } => (font === undefined ? {} : { font });
