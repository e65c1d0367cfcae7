// `node scripts/release.mjs VERSION`: gives what CHANGELOG.md calls Unreleased a version and a day, commits and tags it. The
// tag, once pushed, makes .github/workflows/release.yml build, test and publish.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();

function expect(holds, what) {
  if (!holds) throw new Error(what);
}

/** The changelog with a new version under a new, empty Unreleased. */
export function releaseChanges(changelog, version, day) {
  const [, changes] = changelog.match(/^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m) ?? [];
  expect(changes?.trim(), 'CHANGELOG.md tells no changes under Unreleased');
  return changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} - ${day}\n`);
}

/** @returns {boolean} whether the first version is the later one. */
const isLater = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0;

function release(version) {
  expect(/^\d+\.\d+\.\d+$/.test(version ?? ''), 'usage: node scripts/release.mjs 1.2.3');
  expect(git('status', '--porcelain') === '', 'there are changes that are not committed');
  const { version: before } = JSON.parse(readFileSync('package.json', 'utf8'));
  const first = git('tag', '--list', 'v*') === '';
  expect(first ? !isLater(before, version) : isLater(version, before), `${version} does not come after ${before}`);
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', releaseChanges(readFileSync('CHANGELOG.md', 'utf8'), version, day));
  const flags = ['--no-git-tag-version', '--allow-same-version', '--ignore-scripts'];
  execFileSync('npm', ['version', version, ...flags], { stdio: 'ignore' });
  git('commit', '--all', '--message', `Release: ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `Secateur ${version}`);
  console.log(`v${version} is tagged; publish it with: git push origin HEAD v${version}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    release(process.argv[2]);
  } catch (error) {
    console.error(`release: ${error.message}`);
    process.exitCode = 1;
  }
}
