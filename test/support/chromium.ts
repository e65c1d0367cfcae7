import { existsSync } from 'node:fs';

const places = [
  process.env.SECATEUR_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** A Chromium of this machine, or undefined: then what needs one is skipped, and says so. */
export const chromiumPath = places.find((path) => path !== undefined && existsSync(path));

export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;
