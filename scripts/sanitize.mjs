// Builds the addon with a sanitizer and runs the C++ tests and the stress script under it:
//   node scripts/sanitize.mjs address|thread [--quick]    --quick, as CI runs it: a part of the stress script's rounds, and
//                                                         of the C++ tests those that give the engine what does not fit
// For Linux with gcc, whose runtime library is loaded into a stock Node; elsewhere it is skipped with a reason.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where gcc has a library; its bare name if it has none. */
const library = (name) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

function skip(reason) {
  console.log(`sanitizer skipped: ${reason}`);
  process.exit(0);
}

/** Why leaks cannot be looked for, or undefined: the sanitizer stops the threads of its process as a debugger does. */
function leaksHidden(preload) {
  const env = { ...process.env, LD_PRELOAD: preload, ASAN_OPTIONS: 'detect_leaks=1' };
  const { status, stderr } = spawnSync('/bin/true', [], { env, encoding: 'utf8' });
  return status === 0 ? undefined : (stderr.match(/LeakSanitizer.*/g)?.at(-1) ?? `it ends with ${status}`);
}

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
const { flag, folder, preload: libraries, options } = sanitizers[name];
if (process.platform !== 'linux') skip('it is loaded into Node as Linux does it');
for (const program of ['cmake', 'gcc', 'g++']) {
  if (spawnSync(program, ['--version']).error) skip(`there is no ${program} on the path`);
}
const missing = libraries.filter((file) => !isAbsolute(library(file)));
if (missing.length > 0) skip(`gcc has no ${missing.join(' and no ')}`);
const preload = libraries.map(library).join(' ');
const hidden = name === 'address' ? leaksHidden(preload) : undefined;
if (hidden !== undefined) {
  console.log(`leaks are not looked for: ${hidden}`);
  options.ASAN_OPTIONS = 'detect_leaks=0';
}

const cores = String(availableParallelism());
run('cmake', ['-S', '.', '-B', folder, `-DSECATEUR_SANITIZE=${flag}`, '-DSECATEUR_TESTS=ON']);
const tested = !/DOCTEST_INCLUDE:PATH=.*NOTFOUND/.test(readFileSync(`${root}${folder}/CMakeCache.txt`, 'utf8'));
const targets = ['secateur', ...(tested ? ['engine_tests'] : [])];
run('cmake', ['--build', folder, '--parallel', cores, ...(quick ? ['--target', ...targets] : [])]);
if (!tested) console.log('C++ tests skipped: doctest/doctest.h was not found (Debian: apt-get install doctest-dev)');
else if (quick) run(`${folder}/test/native/engine_tests`, ['--source-file=*hostile_test.cc'], options);
else run('ctest', ['--test-dir', folder, '--output-on-failure'], options);
// Not the memory scenario: a sanitizer keeps freed memory for a while.
run(process.execPath, ['test/stress/stress.mjs', 'run', 'break', 'abort', 'forget', 'terminate', 'exit'], {
  ...options,
  ...(quick ? { REPEAT: '0.25' } : {}),
  LD_PRELOAD: preload,
  ADDON: `${root}${folder}/secateur.node`,
});
