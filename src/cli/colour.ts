import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/** The flag decides, then NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal that can. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, flag?: boolean): boolean {
  if (flag !== undefined) return flag;
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

export const createColours = (enabled: boolean): Colours => pc.createColors(enabled);
