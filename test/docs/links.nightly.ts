import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/cli.js';

const addresses = ['', 'docs', 'docs/studies', 'assets', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((path) => path.endsWith('.md'))
  .flatMap((path) => readFileSync(path, 'utf8').match(/https?:\/\/[^)"'` >|]+/g) ?? []);

/** What an address answers; null where its host cannot be reached at all. */
async function answer(address: string): Promise<number | null> {
  try {
    return (await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(30_000) })).status;
  } catch {
    return null;
  }
}

// The only check that needs the open network: behind a closed one it says so.
test.each([...new Set(addresses)])('%s leads somewhere', async (address) => {
  const status = await answer(address);
  if (status === null) return console.log(`link check skipped: ${address} cannot be reached from here`);
  expect(status).not.toBe(404);
});

test('there are addresses to check', () => {
  expect(addresses.length).toBeGreaterThan(0);
});
