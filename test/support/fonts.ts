import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['/usr/share/fonts', '/usr/local/share/fonts', '/Library/Fonts', '/System/Library/Fonts'];

/** Font files of this system. */
export const fonts: readonly string[] = folders.flatMap((folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ttf'))
        .map((name) => join(folder, name))
    : [],
);
