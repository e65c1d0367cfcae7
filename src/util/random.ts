import { invalid, isNonNegativeInteger } from './expect.js';

const size = 624;
const shift = 397;

/**
 * NumPy's legacy generator (`RandomState`): the 32-bit Mersenne Twister of Matsumoto & Nishimura (1998) and NumPy's
 * ways of drawing from it. The same seed gives the same stream as there, which published studies rest on.
 */
export interface Random {
  /** A 32-bit integer. */
  uint32(): number;
  /** A double in `[0, 1)` with 53 random bits. */
  uniform(): number;
  /** A standard normal number by Marsaglia's polar method; the second of each pair is kept for the next call. */
  normal(): number;
  /** An integer in `[0, max]`, `max < 2^32`; for 0 nothing is drawn. */
  integer(max: number): number;
}

/** Where a generator stands in its stream. */
export interface RandomState {
  /** The 624 words of the twister. */
  readonly words: Uint32Array;
  /** Which of them comes next. */
  readonly next: number;
  /** The second normal number of a pair whose first was drawn, else null. */
  readonly kept: number | null;
}

/** A generator whose stream can be gone on with by another one. */
export interface ResumableRandom extends Random {
  state(): RandomState;
}

/** @throws SecateurError ERR_ARGUMENT unless `seed` is an integer in `[0, 2^32)`. */
export const createRandom = (seed: number): ResumableRandom =>
  resumeRandom({ words: seededWords(expectSeed('seed', seed)), next: size, kept: null });

/** A generator that draws what the one with this state would have drawn next. */
export function resumeRandom(from: RandomState): ResumableRandom {
  const state = { ...from, words: from.words.slice() };
  const uint32 = mersenneTwister(state);
  const uniform = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  return {
    uint32,
    uniform,
    normal: polarNormal(state, uniform),
    integer: maskedInteger(uint32),
    state: () => ({ ...state, words: state.words.slice() }),
  };
}

/** The same state while it is drawn from. */
type Drawn = { -readonly [K in keyof RandomState]: RandomState[K] };

/** @throws SecateurError ERR_ARGUMENT unless `seed` is an integer in `[0, 2^32)`. */
export function expectSeed(name: string, seed: unknown): number {
  if (!isNonNegativeInteger(seed) || seed >= 2 ** 32) throw invalid(name, 'an integer in [0, 2^32)', seed);
  return seed;
}

function seededWords(seed: number): Uint32Array {
  const words = new Uint32Array(size);
  words[0] = seed;
  for (let i = 1; i < size; i++) {
    const before = words[i - 1]!;
    words[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  return words;
}

function mersenneTwister(state: Drawn): () => number {
  const { words } = state;
  return () => {
    if (state.next === size) {
      twist(words);
      state.next = 0;
    }
    return temper(words[state.next++]!);
  };
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const joined = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
    state[i] = state[(i + shift) % size]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
  }
}

function temper(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

function polarNormal(state: Drawn, uniform: () => number): () => number {
  return () => {
    if (state.kept !== null) {
      const value = state.kept;
      state.kept = null;
      return value;
    }
    for (;;) {
      const u1 = 2 * uniform() - 1;
      const u2 = 2 * uniform() - 1;
      const r2 = u1 * u1 + u2 * u2;
      if (r2 >= 1 || r2 === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
      state.kept = factor * u1;
      return factor * u2;
    }
  };
}

function maskedInteger(uint32: () => number): (max: number) => number {
  return (max) => {
    if (max === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    for (;;) {
      const value = (uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  };
}

/** Shuffles in place as NumPy's `shuffle` does: from the end, swapping with an index at or before. */
export function shuffle(values: { [index: number]: number; readonly length: number }, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i);
    const value = values[i]!;
    values[i] = values[j]!;
    values[j] = value;
  }
}
