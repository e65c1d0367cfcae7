import type { Host } from './host.js';

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalName = keyof typeof exitCodes;

export interface Signals {
  /** Aborted by the first SIGINT or SIGTERM; the second one kills. */
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came. */
  readonly exitCode: number | undefined;
  stopListening(): void;
}

export function listenForSignals(host: Host): Signals {
  const controller = new AbortController();
  let received: SignalName | undefined;
  const listen = (name: SignalName) => () => {
    received ??= name;
    controller.abort(new Error(`received ${name}`));
  };
  const listeners = { SIGINT: listen('SIGINT'), SIGTERM: listen('SIGTERM') };
  for (const name of ['SIGINT', 'SIGTERM'] as const) host.once(name, listeners[name]);
  return {
    signal: controller.signal,
    get exitCode() {
      return received && exitCodes[received];
    },
    stopListening() {
      for (const name of ['SIGINT', 'SIGTERM'] as const) host.off(name, listeners[name]);
    },
  };
}
