import { ablationImportance } from './ablationImportance.js';
import { importancePropagation } from './importancePropagation.js';
import { irisThreshold } from './irisThreshold.js';
import { lrpToy } from './lrpToy.js';
import type { Study } from './study.js';
import { weightVsUnit } from './weightVsUnit.js';

/** Every published study that can be run. */
export const studies = {
  'ablation-importance': ablationImportance,
  'importance-propagation': importancePropagation,
  'weight-vs-unit': weightVsUnit,
  'lrp-toy': lrpToy,
  'iris-threshold': irisThreshold,
} as const satisfies Record<string, Study>;

/** A study of the table. */
export type StudyName = keyof typeof studies;

/** All studies. */
export const studyNames = Object.keys(studies) as readonly StudyName[];
