// The source files of the tree, as git knows them, for the checks beside this file.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });

/** Paths below the root that fit, without those that are deleted but still in the index. */
export const filesLike = (pattern) =>
  `${listed}`.split('\n').filter((path) => pattern.test(path) && existsSync(join(root, path)));

export const read = (path) => readFileSync(join(root, path), 'utf8');

export const code = /^(src|native|scripts|bench|test|examples)\/.*\.([mc]?[jt]s|cc|h)$/;
