import { InvalidArgumentError } from 'commander';

const expected = (what: string): InvalidArgumentError => new InvalidArgumentError(`Expected ${what}.`);

/** No list of nodes needs more; `0-999999999` would fill the memory first. */
const mostNodes = 1_000_000;
const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

export function parseInteger(text: string, from: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= most) return value;
  throw expected(
    most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${from}` : `an integer from ${from} to ${most}`,
  );
}

export const parseCount = (text: string): number => parseInteger(text, 1);
export const parseSeed = (text: string): number => parseInteger(text, 0, 2 ** 32 - 1);

export function parseNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw expected('a number, such as 1e-5');
  return value;
}

export function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value <= 0) throw expected('a number above 0');
  return value;
}

export function parseShare(text: string): number {
  const value = parseNumber(text);
  if (value <= 0 || value >= 1) throw expected('a share above 0 and below 1, such as 0.1');
  return value;
}

export function parseConfidence(text: string): number {
  const value = parseNumber(text);
  if (value < 0.5 || value >= 1) throw expected('a number from 0.5 to below 1, such as 0.99');
  return value;
}

export function parseNotNegative(text: string): number {
  const value = parseNumber(text);
  if (value < 0) throw expected('a number of at least 0');
  return value;
}

/** `512MiB`, `2GB` or plain bytes, as a number of bytes. */
export function parseBytes(text: string): number {
  const [, number, unit = 'B'] = text.match(/^(\d+(?:\.\d+)?) ?(B|[kMG]B|[KMG]iB)?$/) ?? [];
  const bytes = number === undefined ? Number.NaN : Math.floor(Number(number) * units[unit as keyof typeof units]);
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw expected(`a size, such as 512MiB (units: ${Object.keys(units).join(', ')})`);
  return bytes;
}

/** `0-9,12`, both ends included, as a list without repetitions. */
export function parseNodes(text: string): number[] {
  const nodes = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to = from] = part.trim().match(/^(\d+)(?:-(\d+))?$/) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first <= last)) throw expected('node numbers and ascending ranges, such as 0-9,12');
    if (last - first + nodes.size >= mostNodes) throw expected(`at most ${mostNodes} nodes`);
    for (let node = first; node <= last; node++) nodes.add(node);
  }
  return [...nodes];
}

/** `a,b` as a list of names. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw expected('names separated by commas, such as a,b');
  return names;
}

/** `128,64` as a list of widths. */
export function parseWidths(text: string): number[] {
  return text.split(',').map((width) => {
    if (!/^ *\d+ *$/.test(width) || Number(width) === 0) throw expected('layer widths, such as 128,64');
    return Number(width);
  });
}

/** `0,.25,.5` as a list of shares. */
export const parseShares = (text: string): number[] =>
  text.split(',').map((share) => {
    const value = parseNumber(share);
    if (value < 0 || value >= 1) throw expected('shares from 0 to below 1, such as 0,.25,.5');
    return value;
  });
