#!/usr/bin/env node
// Stands in for node-gyp when prebuildify builds: gives it the addon that CMake built and the tests ran against, so that
// there is one compiler run, and what is shipped is what was tested. prebuildify runs it in the folder that it packs from.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

mkdirSync('build/Release', { recursive: true });
copyFileSync(fileURLToPath(new URL('../build/Release/secateur.node', import.meta.url)), 'build/Release/secateur.node');
