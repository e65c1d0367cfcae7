/** What the benches' command lines have in common. */

/** @throws Error unless the text is a positive integer. */
export function count(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${flag}: expected a positive integer, not ${text}`);
  return value;
}

/** Names of a list like `A,B`. @throws Error for one that is not known. */
export function choose<Name extends string>(what: string, list: string, known: readonly Name[]): Name[] {
  return list.split(',').map((wanted) => {
    const found = known.find((name) => name === wanted);
    if (found === undefined) throw new Error(`no ${what} "${wanted}": there are ${known.join(', ')}`);
    return found;
  });
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};
