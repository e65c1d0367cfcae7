// The C++ tests under valgrind, which sees what is read before it was written. Skipped with a reason where it is not there.
//   node scripts/valgrind.mjs [TEST ...]       names of doctest, such as '*sets*'; default: all
// valgrind knows no AVX-512: the kernels of the other instruction sets run.
import { spawnSync } from 'node:child_process';

const folder = 'build-tests';

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
    process.exit(1);
  }
}

if (spawnSync('valgrind', ['--version']).error) {
  console.log('valgrind skipped: it is not on the path (Debian: apt-get install valgrind)');
  process.exit(0);
}
const chosen = process.argv.slice(2).map((test) => `--test-case=${test}`);
run('cmake', ['-S', '.', '-B', folder, '-DSECATEUR_TESTS=ON']);
run('cmake', ['--build', folder, '--parallel', '2', '--target', 'native_tests', 'engine_tests']);
for (const test of ['native_tests', 'engine_tests']) {
  const options = ['--error-exitcode=9', '--leak-check=full', '--errors-for-leak-kinds=definite', '--quiet'];
  run('valgrind', [...options, `${folder}/test/native/${test}`, ...chosen], { SECATEUR_ISA: 'avx2' });
}
