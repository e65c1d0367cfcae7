import { readFile } from 'node:fs/promises';

/** Reads the published numbers of a study, which the package carries. */
export async function readPublished<Numbers>(name: string): Promise<Numbers> {
  return JSON.parse(await readFile(new URL(`../../assets/studies/${name}.json`, import.meta.url), 'utf8'));
}
