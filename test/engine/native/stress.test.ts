import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { addonIsHere } from './support.js';

const run = promisify(execFile);

// A short round of what the sanitizers run in full; the process of its own is what may crash.
describe.skipIf(!addonIsHere('stress on the addon'))('the addon under stress', () => {
  const scenarios = ['run', 'break', 'abort', 'forget', 'terminate', 'exit', 'memory'];

  it.each(scenarios)('survives: %s', async (scenario) => {
    const env = { ...process.env, REPEAT: '0.2' };
    const { stdout } = await run(process.execPath, ['test/stress/stress.mjs', scenario], { env });
    expect(stdout).toContain(`ok ${scenario}`);
  });
});
