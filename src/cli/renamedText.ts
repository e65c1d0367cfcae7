import type { RenamedLayers } from '../index.js';
import type { Context } from './context.js';

/** Names that are told one by one; a document of `--json` and a certificate have all of them. */
const shown = 3;

/** Says on stderr which layers have other names in the model at `path`, if any have. */
export function noteRenamed(context: Context, path: string, renamed: RenamedLayers): void {
  const names = Object.entries(renamed);
  if (names.length === 0) return;
  const told = names.slice(0, shown).map(([before, after]) => `${before} is ${after}`);
  const more = names.length > shown ? [`and ${names.length - shown} more`] : [];
  const what = names.length === 1 ? '1 layer has another name' : `${names.length} layers have other names`;
  context.note(`notice: ${what} in ${path}, whose format does not take theirs: ${[...told, ...more].join(', ')}`);
}
