import type { CliCommand } from '../command.js';
import { ablate } from './ablate.js';
import { audit } from './audit.js';
import { doctor } from './doctor.js';
import { evaluate } from './evaluate.js';
import { inspect } from './inspect.js';
import { score } from './score.js';
import { train } from './train.js';

/** Every command; the help lists what stands here. */
export const commands: Readonly<Record<string, CliCommand<never, never>>> = {
  doctor,
  inspect,
  train,
  evaluate,
  ablate,
  score,
  audit,
};
