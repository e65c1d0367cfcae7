import type { ScoreTable } from './scores.js';

/** Where denominators of a criterion's rule were 0, as a sentence; null where none was, and for criteria without rules. */
export function lostNotice({ criterion, conservation = [] }: ScoreTable): string | null {
  const lost = conservation.filter(({ dead }) => dead > 0).map(({ layer, dead }) => `${dead} of layer "${layer}"`);
  if (lost.length === 0) return null;
  return `criterion ${criterion}: denominators were 0, and what came to them was lost: ${lost.join(', ')}`;
}

/** Everything that the reader of what is made from scores should know; null if there is nothing. */
export const noticeOf = (table: ScoreTable): string | null =>
  [table.notice, lostNotice(table)].filter((notice) => notice !== null).join('; ') || null;
