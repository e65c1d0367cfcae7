import type { Scale } from './frame.js';

const superscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [...'0123456789-'].map((digit, i) => [digit, [...'⁰¹²³⁴⁵⁶⁷⁸⁹⁻'][i] ?? '']),
);

/** A power of ten of either sign, or 0. */
export function formatPower(tick: number): string {
  if (tick === 0) return '0';
  const power = [...String(Math.round(Math.log10(Math.abs(tick))))].map((digit) => superscripts[digit]).join('');
  return `${tick < 0 ? '\u2212' : ''}10${power}`;
}

const smallestSize = (changes: readonly number[]): number =>
  changes.reduce((size, change) => (change === 0 ? size : Math.min(size, Math.abs(change))), 1);

/** 0 and powers of ten on both sides, so few that their labels stay apart. */
function decades(constant: number, least: number, most: number): number[] {
  const first = Math.floor(Math.log10(constant) + 1e-9) + 1;
  const last = Math.floor(Math.log10(Math.max(-least, most)) + 1e-9);
  const step = Math.ceil((last - first + 1) / 5);
  const sizes = Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, i) => first + i * step);
  const ticks = sizes.flatMap((power) => [-1, 1].map((sign) => sign * Number(`1e${power}`)));
  return [0, ...ticks].filter((tick) => tick >= least && tick <= most).sort((a, b) => a - b);
}

/** Changes span many decades on both sides of 0: linear within the tolerances, logarithmic outside. */
export interface ChangeScale {
  readonly domain: readonly [number, number];
  /** Where linear ends. */
  readonly constant: number;
  readonly ticks: readonly number[];
}

export function changeScale(all: readonly number[], { low, high }: { low: number; high: number }): ChangeScale {
  const changes = all.filter(Number.isFinite);
  const constant = Math.max(-low, high) || smallestSize(changes);
  const least = changes.reduce((a, b) => Math.min(a, b), Math.min(low, -constant));
  const most = changes.reduce((a, b) => Math.max(a, b), Math.max(high, constant));
  const pad = (end: number): number => Math.sign(end) * constant * ((1 + Math.abs(end) / constant) ** 1.12 - 1);
  return { domain: [pad(least), pad(most)], constant, ticks: decades(constant, least, most) };
}

/** How far from the middle a change stands. */
const bent = (change: number, constant: number): number => Math.sign(change) * Math.log1p(Math.abs(change) / constant);

/** The same as a scale of a frame. */
export function bentScale({ domain, constant, ticks }: ChangeScale): Scale {
  const [from, to] = domain.map((end) => bent(end, constant)) as [number, number];
  return {
    share: (change) => (bent(change, constant) - from) / (to - from),
    ticks: ticks.map((at) => ({ at, says: formatPower(at) })),
  };
}
