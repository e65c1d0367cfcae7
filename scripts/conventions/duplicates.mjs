// No more than six lines in a row stand in two places without a reason. Lines count as they read, without indentation;
// blank ones, comments, imports, lone brackets and entries of lists of names do not count.
import { code, filesLike, read } from './tree.mjs';

const most = 6;

/** Pairs of places that may be alike, by what both paths must match, and why. */
const alike = [
  {
    both: /^src\/cli\/commands\//,
    why: 'a command reads from top to bottom: what it loads, what it runs, what it prints',
  },
  { both: /^native\/kernels\/backward\.h$/, why: 'two contracts that name some of the same sums' },
  { both: /^test\/.*\.test\.ts$/, why: 'a case says all of its network, where one reads what must come of it' },
];

const thin = /^(\W*|\/\/.*|\/?\*.*|import\b.*|export .* from .*|export {|#\w+.*|using .*|\w+,|type \w+,|} from '.*';)$/;

/** The lines of a file that count, with their numbers. */
const linesOf = (path) =>
  read(path)
    .split('\n')
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter(({ text }) => !thin.test(text));

/** For every run of one line more than may be alike, the places where it begins. */
function places(files) {
  const found = new Map();
  for (const [path, lines] of files) {
    for (let i = 0; i + most < lines.length; i++) {
      const key = lines
        .slice(i, i + most + 1)
        .map(({ text }) => text)
        .join('\n');
      found.set(key, [...(found.get(key) ?? []), { path, i }]);
    }
  }
  return found;
}

const allowed = (a, b) => alike.some(({ both }) => both.test(a) && both.test(b));

export function* duplicateProblems() {
  const files = new Map(filesLike(code).map((path) => [path, linesOf(path)]));
  const told = new Set();
  for (const [first, ...others] of [...places(files).values()].filter(({ length }) => length > 1)) {
    for (const other of others) {
      if (allowed(first.path, other.path)) continue;
      const at = ({ path, i }) => `${path}:${files.get(path)[i].number}`;
      // A longer run is told where it begins.
      const pair = `${first.path} ${other.path} ${first.i - other.i}`;
      if (!told.has(pair)) yield `${at(first)} and ${at(other)}: more than ${most} lines are the same`;
      told.add(pair);
    }
  }
}
