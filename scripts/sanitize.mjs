// Builds the addon with a sanitizer and runs the C++ tests and the stress script under it:
//   node scripts/sanitize.mjs address|thread [--quick]    --quick: the stress script alone, a part of its rounds
// For Linux with gcc, whose runtime library is loaded into a stock Node.
import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const library = (name) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

/** How each sanitizer is built in and started. */
const sanitizers = {
  address: {
    flag: 'address,undefined',
    folder: 'build-asan',
    // Thrown C++ exceptions are only followed if the C++ library is loaded next to the sanitizer's.
    preload: ['libasan.so', 'libstdc++.so.6'],
    options: { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' },
  },
  thread: {
    flag: 'thread',
    folder: 'build-tsan',
    preload: ['libtsan.so'],
    // V8 and libuv are not instrumented, and what they do to each other would be reported.
    options: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66' },
  },
};

function run(command, args, env = {}) {
  console.log(`\n$ ${command} ${args.join(' ')}`);
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) {
    console.error(`${command} failed: ${signal ?? `exit code ${status}`}`);
    process.exit(1);
  }
}

const [name, quick] = [process.argv[2], process.argv[3] === '--quick'];
if (!Object.hasOwn(sanitizers, name)) {
  console.error(`say which: ${Object.keys(sanitizers).join(' or ')}`);
  process.exit(2);
}
const { flag, folder, preload, options } = sanitizers[name];
const cores = String(availableParallelism());
run('cmake', ['-S', '.', '-B', folder, `-DSECATEUR_SANITIZE=${flag}`, ...(quick ? [] : ['-DSECATEUR_TESTS=ON'])]);
run('cmake', ['--build', folder, '--parallel', cores, ...(quick ? ['--target', 'secateur'] : [])]);
if (!quick) run('ctest', ['--test-dir', folder, '--output-on-failure'], options);
// Not the memory scenario: a sanitizer keeps freed memory for a while.
run(process.execPath, ['test/stress/stress.mjs', 'run', 'break', 'abort', 'forget', 'terminate', 'exit'], {
  ...options,
  ...(quick ? { REPEAT: '0.25' } : {}),
  LD_PRELOAD: preload.map(library).join(' '),
  ADDON: `${root}${folder}/secateur.node`,
});
