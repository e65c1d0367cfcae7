// `npm run nightly`: what takes too long for every check. Runs all of it, then says what failed.
import { spawnSync } from 'node:child_process';

const long = ['npx', '--no-install', 'vitest', 'run', '--config', 'vitest.nightly.config.ts'];
const memory = ['run', '-s', 'bench', '--', 'memory'];
const others = 'evaluate,score,audit,sweep,sensitivity,search';

const steps = {
  'addresses and undefined behaviour': ['node', ['scripts/sanitize.mjs', 'address']],
  threads: ['node', ['scripts/sanitize.mjs', 'thread']],
  'memory of C++ (valgrind)': ['node', ['scripts/valgrind.mjs']],
  'leaks: 1000 jobs leave the process as large as it was': ['node', ['test/stress/stress.mjs', 'memory']],
  'memory budgets': ['npm', memory],
  'memory budgets of what is not ablate': [
    'npm',
    [...memory, '--networks', 'C', '--samples', '500', '--tasks', others],
  ],
  'package on every Node and npm': ['node', ['scripts/testPackage.mjs', '--all']],
  'engines with scalar kernels': ['env', ['SECATEUR_ISA=scalar', ...long, 'test/conformance']],
  'engines with AVX2 kernels': ['env', ['SECATEUR_ISA=avx2', ...long, 'test/conformance']],
  'long tests': ['env', long],
};

const failed = Object.entries(steps).filter(([title, [command, args]]) => {
  console.log(`\n== ${title}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
console.log(
  failed.length === 0 ? '\nnightly: all passed' : `\nnightly: failed: ${failed.map(([title]) => title).join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
