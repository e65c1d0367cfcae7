// `npm run check`: everything that a machine can judge, fast things first; stops at the first failure.
import { spawnSync } from 'node:child_process';
import { prebuild } from './prebuild.mjs';

function run(title, command, args, env = {}) {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}
const runTool = (title, tool, args, env) => run(title, 'npx', ['--no-install', tool, ...args], env);

/** The import rules; a run that reads no file would pass silently, so the number of files is checked too. */
function checkImports() {
  console.log('\n== import rules (dependency-cruiser)');
  const args = ['--no-install', 'depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout } = spawnSync('npx', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { summary } = JSON.parse(stdout);
  for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
  console.log(`${summary.totalCruised} modules, ${summary.violations.length} violations`);
  if (summary.totalCruised < 200 || summary.error > 0) process.exit(1);
}

/** The engines against each other with every instruction set that is here but not the one taken by default. */
async function checkInstructionSets(env) {
  const { engineInfo } = await import('../dist/index.js');
  const { addon } = engineInfo();
  if (!addon.found) {
    console.log(`\n== instruction sets skipped: ${addon.reason}`);
    return;
  }
  for (const isa of addon.supported.filter((name) => name !== addon.instructionSet)) {
    const tests = ['run', 'test/conformance', 'test/ablation/ablate.test.ts'];
    runTool(`tests with SECATEUR_ISA=${isa}`, 'vitest', tests, { ...env, SECATEUR_ISA: isa });
  }
}

runTool('format and lint (biome)', 'biome', ['check', '--error-on-warnings']);
runTool('build (tsc)', 'tsc', ['-p', 'tsconfig.json']);
runTool('types of tests and benches (tsc)', 'tsc', ['-p', 'tsconfig.check.json']);
checkImports();
run('conventions', 'node', ['scripts/conventions/check.mjs']);
runTool('unused files, exports and dependencies (knip)', 'knip', []);
runTool('package (publint)', 'publint', []);
runTool('API reference (typedoc)', 'typedoc', []);
run('C++ tests', 'node', ['scripts/testNative.mjs']);
console.log('\n== prebuilt addon');
// What users get is what is tested.
const env = prebuild() ? { PREBUILDS_ONLY: '1' } : {};
runTool('tests (vitest)', 'vitest', ['run'], env);
await checkInstructionSets(env);
run('package, installed from its tarball', 'node', ['scripts/testPackage.mjs']);
