// `npm run nightly`: what takes too long for every check. Runs all of it, then says what failed.
import { spawnSync } from 'node:child_process';

const steps = {
  'addresses and undefined behaviour': ['node', ['scripts/sanitize.mjs', 'address']],
  threads: ['node', ['scripts/sanitize.mjs', 'thread']],
  'memory of C++ (valgrind)': ['node', ['scripts/valgrind.mjs']],
  'leaks: 1000 jobs leave the process as large as it was': ['node', ['test/stress/stress.mjs', 'memory']],
  'memory budgets': ['npm', ['run', '-s', 'bench', '--', 'memory']],
  'package on every Node and npm': ['node', ['scripts/testPackage.mjs', '--all']],
  'long tests': ['npx', ['--no-install', 'vitest', 'run', '--config', 'vitest.nightly.config.ts']],
};

const failed = Object.entries(steps).filter(([title, [command, args]]) => {
  console.log(`\n== ${title}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
console.log(
  failed.length === 0 ? '\nnightly: all passed' : `\nnightly: failed: ${failed.map(([title]) => title).join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
