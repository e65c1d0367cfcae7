import type { Scale } from './frame.js';

/** Names side by side, in equal steps: their places are 0, 1, 2, ... */
export const categoryScale = (names: readonly string[]): Scale => ({
  share: (place) => (place + 0.5) / names.length,
  ticks: names.map((says, at) => ({ at, says })),
});
