import { type AblationTable, formatNumber, formatPercent, plotNodes } from '../index.js';
import { lossUnits } from './options/loss.js';

/** The nodes plot of a run, as SVG. */
export function ablationPlot(
  title: string,
  { baseline, layers }: AblationTable,
  { toleranceLow, toleranceHigh }: { readonly toleranceLow: number; readonly toleranceHigh: number },
): Promise<string> {
  const { samples, loss, lossName, accuracy, cut, adaptive } = baseline;
  const right = accuracy === null ? [] : [`accuracy ${formatPercent(accuracy)}`];
  const how = adaptive ? [`classes at ${formatPercent(adaptive.confidence)} confidence`] : [];
  const facts = [`${samples} samples`, `${lossName} ${formatNumber(loss)}`, ...right, `nodes cut at ${cut}`, ...how];
  const nodes = layers.flatMap(({ layer, nodes }) => nodes.map((node) => ({ ...node, layer })));
  return plotNodes(nodes, {
    title,
    subtitle: facts.join(' \u00b7 '),
    tolerances: { low: toleranceLow, high: toleranceHigh },
    unit: lossUnits[lossName],
  });
}
