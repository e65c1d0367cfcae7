// The C++ tests under CTest, in a build folder of their own. Skipped with a reason where they cannot be built.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const folder = 'build-tests';
const skip = (reason) => {
  console.log(`C++ tests skipped: ${reason}`);
  process.exit(0);
};
const run = (command, args, stdio = 'inherit') => spawnSync(command, args, { stdio });

const configured = run('cmake', ['-S', '.', '-B', folder, '-DSECATEUR_TESTS=ON'], 'pipe');
if (configured.error) skip('there is no cmake on the path');
if (configured.status !== 0) {
  console.error(`${configured.stdout}${configured.stderr}`);
  process.exit(1);
}
if (/DOCTEST_INCLUDE:PATH=.*NOTFOUND/.test(readFileSync(`${folder}/CMakeCache.txt`, 'utf8'))) {
  skip('doctest/doctest.h was not found (Debian: apt-get install doctest-dev)');
}
const cores = String(availableParallelism());
const built = run('cmake', ['--build', folder, '--parallel', cores]);
process.exit(
  built.status || run('ctest', ['--test-dir', folder, '--output-on-failure', '--parallel', cores]).status || 0,
);
