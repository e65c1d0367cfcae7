import { SingleBar } from 'cli-progress';
import { visible } from './visible.js';

/** How far something is: `done` out of `of`, and what else to say about it. */
export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly of: number;
  readonly note: string;
}

/** A live line on the terminal, drawn a few times a second. */
export interface Progress {
  show(state: ProgressState): void;
  /** Clears the line, so that other lines can be printed; the next `show` draws it again. */
  hide(): void;
}

/** For streams that are no terminals, and for those who do not want to look. */
export const noProgress: Progress = { show: () => {}, hide: () => {} };

export function createProgress(stream: NodeJS.WritableStream): Progress {
  let bar: SingleBar | undefined;
  const start = ({ done, of, ...rest }: ProgressState): void => {
    bar = new SingleBar({
      stream,
      format: '{label} {bar} {percentage} %  {note}',
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      barsize: 28,
      fps: 8,
      hideCursor: false,
      clearOnComplete: true,
      gracefulExit: false,
    });
    bar.start(of, done, rest);
  };
  return {
    show: ({ done, of, ...said }) => {
      const [label, note] = [visible(said.label), visible(said.note)];
      if (bar === undefined) return start({ done, of, label, note });
      bar.setTotal(of);
      bar.update(done, { label, note });
    },
    hide: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}
