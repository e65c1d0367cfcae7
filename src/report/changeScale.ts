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

/** 0 and powers of ten on both sides, five on one of them and `mostTicks` in all at most. */
function decades(constant: number, [least, most]: readonly [number, number], mostTicks: number): number[] {
  const first = Math.floor(Math.log10(constant) + 1e-9) + 1;
  const last = Math.floor(Math.log10(Math.max(-least, most)) + 1e-9);
  for (let step = Math.max(1, Math.ceil((last - first + 1) / 5)); ; step++) {
    const length = Math.max(0, Math.floor((last - first) / step) + 1);
    const powers = Array.from({ length }, (_, i) => Number(`1e${first + i * step}`));
    const ticks = [0, ...powers, ...powers.map((power) => -power)].filter((tick) => tick >= least && tick <= most);
    if (ticks.length <= mostTicks) return ticks.sort((a, b) => a - b);
  }
}

/** Changes span many decades on both sides of 0: linear within the tolerances, logarithmic outside. */
export interface ChangeScale {
  readonly domain: readonly [number, number];
  /** Where linear ends. */
  readonly constant: number;
  readonly ticks: readonly number[];
}

/** @param mostTicks So few that their labels stay apart; by default what the rule of five leaves. */
export function changeScale(
  all: readonly number[],
  { low, high }: { low: number; high: number },
  mostTicks = 11,
): ChangeScale {
  const changes = all.filter(Number.isFinite);
  const constant = Math.max(-low, high) || smallestSize(changes);
  const least = changes.reduce((a, b) => Math.min(a, b), Math.min(low, -constant));
  const most = changes.reduce((a, b) => Math.max(a, b), Math.max(high, constant));
  const pad = (end: number): number => Math.sign(end) * constant * ((1 + Math.abs(end) / constant) ** 1.12 - 1);
  return { domain: [pad(least), pad(most)], constant, ticks: decades(constant, [least, most], mostTicks) };
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
