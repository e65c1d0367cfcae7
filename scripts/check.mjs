// `npm run check`: everything that a machine can judge, fast things first; stops at the first failure.
import { spawnSync } from 'node:child_process';
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const run = (title, command, args) => {
  console.log(`\n== ${title}`);
  const { status } = spawnSync('npx', ['--no-install', command, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

/** The import rules; a run that reads no file would pass silently, so the number of files is checked too. */
async function checkImports() {
  console.log('\n== import rules (dependency-cruiser)');
  const options = await extractOptions('.dependency-cruiser.cjs');
  const { output } = await cruise(['src'], { ...options, validate: true, outputType: 'json' });
  const { summary } = JSON.parse(output);
  for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
  console.log(`${summary.totalCruised} modules, ${summary.violations.length} violations`);
  if (summary.totalCruised < 20 || summary.error > 0) process.exit(1);
}

run('format and lint (biome)', 'biome', ['check', '--error-on-warnings']);
run('types (tsc)', 'tsc', ['-p', 'tsconfig.check.json']);
await checkImports();
run('unused files and exports (knip)', 'knip', []);
run('tests (vitest)', 'vitest', ['run']);
