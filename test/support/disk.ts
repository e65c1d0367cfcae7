import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll } from 'vitest';

/** A disk of a few kB, which can be made larger, smaller or read-only. */
export interface Disk {
  readonly path: string;
  remount(how: string): void;
}

/** Mounts a disk of 4 kB for the tests of one file; null where that needs rights that are not there, which is said. */
export function mountDisk(path: string): Disk | null {
  const mount = (...args: string[]) => execFileSync('mount', [...args, path], { stdio: 'pipe' });
  try {
    mkdirSync(path);
    mount('-t', 'tmpfs', '-o', 'size=4k', 'tmpfs');
  } catch (error) {
    process.stderr.write(
      `skipped: full and read-only disks: none can be mounted (${(error as Error).message.trim()})\n`,
    );
    return null;
  }
  afterAll(() => void execFileSync('umount', [path]));
  return { path, remount: (how) => void mount('-o', `remount,${how}`) };
}
