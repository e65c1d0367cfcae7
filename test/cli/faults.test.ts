import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { denseNetwork, initialize, saveModel } from '../../src/index.js';
import { createRandom, type Random } from '../../src/util/random.js';
import { builtCli, start, temporaryFolder } from '../support/cli.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** How often each command is killed. */
    killsOfEach: number;
    /** Whether commands that need a backend that trains, and seconds to load it, are killed too. */
    killTrainings: boolean;
  }
}

const folder = temporaryFolder();
const model = join(folder, 'model.json');
const data = ['--dataset', 'digits', '--limit', '300', '--engine', 'reference', '--quiet', '--csv'];
let main: string;
beforeAll(async () => {
  main = builtCli();
  await saveModel(initialize(denseNetwork([8, 8, 1], [16, 8], 10), { seed: 1 }), model);
});

/** A command that works long; what it prints and writes depends on nothing but its arguments. */
interface Long {
  readonly args: readonly string[];
  readonly trains?: true;
  /** Files that it writes, in the folder that it is started in. */
  readonly writes?: readonly string[];
  /** Lines that tell times. */
  readonly times?: RegExp;
}

const commands: Readonly<Record<string, Long>> = {
  'ablate --pairs': { args: ['ablate', model, ...data, '--pairs', '--layers', 'dense_2'] },
  'ablate --cumulative': { args: ['ablate', model, ...data, '--cumulative', 'l1'] },
  'ablate --adaptive': { args: ['ablate', model, ...data, '--adaptive', '0.9'] },
  sweep: { args: ['sweep', model, ...data, '--criteria', 'l1,taylor', '--amounts', '.2,.4,.6,.8'] },
  sensitivity: { args: ['sensitivity', model, ...data, '--criterion', 'taylor', '--amounts', '.2,.4,.6,.8'] },
  search: { args: ['search', model, ...data, '--budget-parameters', '.5', '--step', '.1'] },
  'prune in steps, with fine-tuning': {
    args: [
      ...['prune', model, ...data, '--criterion', 'taylor', '--amount', '.5', '--schedule', 'linear'],
      ...['--steps', '3', '--finetune', '2', '--out', 'small.onnx'],
    ],
    trains: true,
    writes: ['small.onnx', 'small.onnx.plan.json'],
    times: /^milliseconds,.*$/m,
  },
  study: { args: ['study', 'iris-threshold', '--trials', '2', '--quiet', '--csv'], trains: true },
};

const chosen = Object.keys(commands).filter((name) => inject('killTrainings') || !commands[name]!.trains);

/** Starts a command in a folder of its own. */
function startIn(where: string, { args }: Long, ...more: string[]) {
  mkdirSync(where, { recursive: true });
  return start(main, [...args, ...more], { cwd: where });
}

/** What a run that ended has printed and written, but for times. */
function outcome(where: string, { writes = [], times = /$^/ }: Long, stdout: string): unknown[] {
  return [stdout.replace(times, ''), ...writes.map((name) => readFileSync(join(where, name), 'latin1'))];
}

async function begun(journal: string): Promise<void> {
  while (!existsSync(journal) || statSync(journal).size === 0) await wait(2);
}

describe.each(chosen)('%s with a journal', (name) => {
  const command = commands[name]!;
  /** A folder each, in which one run after the other is killed. */
  const lanes = Array.from({ length: Math.min(4, inject('killsOfEach')) }, (_, lane) =>
    join(folder, `${name} ${lane}`),
  );

  test('that is killed at random moments ends with the same bytes, and leaves nothing else', async () => {
    const started = performance.now();
    const whole = join(folder, `${name}, whole`);
    const { code, stdout } = await startIn(whole, command).done;
    expect(code).toBe(0);
    const expected = outcome(whole, command, stdout);
    const longest = Math.max(20, performance.now() - started);
    const files = [...readdirSync(whole), 'journal'].sort();
    await Promise.all(
      lanes.map(async (where, lane) => {
        await killAgainAndAgain(command, where, expected, { longest, random: createRandom(0xdead + lane) });
        const last = await startIn(where, command, '--journal', 'journal').done;
        expect(last.code).toBe(0);
        expect(outcome(where, command, last.stdout)).toEqual(expected);
        expect(readdirSync(where).sort()).toEqual(files);
      }),
    );
  }, 1_800_000);
});

interface Killing {
  /** Milliseconds that an undisturbed run takes. */
  readonly longest: number;
  readonly random: Random;
}

/** A lane's share of the kills; a run that was through before starts again from nothing. */
async function killAgainAndAgain(command: Long, where: string, expected: unknown[], { longest, random }: Killing) {
  const journal = join(where, 'journal');
  const kills = inject('killsOfEach');
  for (let kill = 0; kill < Math.ceil(kills / Math.min(4, kills)); kill++) {
    const { child, done } = startIn(where, command, '--journal', 'journal');
    await Promise.race([done, begun(journal)]);
    await Promise.race([done, wait(random.integer(longest / 2))]);
    child.kill('SIGKILL');
    const killed = await done;
    if (killed.signal === 'SIGKILL') continue;
    expect(outcome(where, command, killed.stdout)).toEqual(expected);
    rmSync(where, { recursive: true });
  }
}
