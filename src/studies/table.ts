import { ablationImportance } from './ablationImportance.js';
import type { Study } from './study.js';

/** Every published study that can be run. */
export const studies = {
  'ablation-importance': ablationImportance,
} as const satisfies Record<string, Study>;

export type StudyName = keyof typeof studies;

export const studyNames = Object.keys(studies) as readonly StudyName[];
