/** How numbers of an axis are written: as they are, shortened by k, M and G, or as shares in percent. */
export type AxisFormat = 'number' | 'percent';

/** A range with round numbers at its ends and between them. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** The range widened to round numbers, about so many: multiples of 1, 2 or 5 times a power of ten. */
export function roundRange(low: number, high: number, about: number): Range {
  const step = roundStep((high - low) / about);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks };
}

function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const times = [1, 2, 5].find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10;
  return times * power;
}

const units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
] as const;

const plain = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '\u2212');

const formats: Readonly<Record<AxisFormat, (tick: number) => string>> = {
  number: (tick) => {
    const [size, unit] = units.find(([least]) => Math.abs(tick) >= least) ?? [1, ''];
    return plain(tick / size) + unit;
  },
  percent: (tick) => `${plain(100 * tick)} %`,
};

export const formatTick = (tick: number, format: AxisFormat = 'number'): string => formats[format](tick);
