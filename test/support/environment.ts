import { existsSync } from 'node:fs';

/** The only two variables through which tests and benches find files that are not part of the project. */
export type FolderVariable = 'SECATEUR_DATA' | 'SECATEUR_REFERENCE';

const holds = {
  SECATEUR_DATA: 'datasets as <dataset>/<official file name>[.gz]',
  SECATEUR_REFERENCE: 'published figures to compare with',
} as const satisfies Record<FolderVariable, string>;

/**
 * The folder that an environment variable names, or undefined after saying on stderr what is skipped and why. For
 * `describe.skipIf(folder === undefined)`.
 */
export function folderFrom(variable: FolderVariable, what: string): string | undefined {
  const folder = process.env[variable];
  if (folder !== undefined && existsSync(folder)) return folder;
  const reason = folder === undefined ? `${variable} is not set` : `${variable}=${folder} does not exist`;
  process.stderr.write(`skipped: ${what}: ${reason} (it names a folder with ${holds[variable]})\n`);
  return undefined;
}
