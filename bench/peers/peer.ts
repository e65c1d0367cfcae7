import type { Dataset, Network } from 'secateur';

/** Something that ablates too, which the product is compared with. */
export interface Peer {
  readonly name: string;
  /** What was timed and how, one sentence. */
  readonly method: string;
  /** Makes the network and the data ready; not timed. Null with the reason printed where the peer is not there. */
  open(network: Network, data: Dataset): Promise<PeerSession | null>;
}

/** Knows one node at a time, or all at once. */
export type PeerSession = NodewisePeer | SweepingPeer;

export interface NodewisePeer extends AsyncDisposable {
  /** Mean cross-entropy with one node's incoming weights and bias zeroed, and the seconds of the forward passes alone. */
  ablate(layer: string, node: number): Promise<{ loss: number; seconds: number }>;
}

export interface SweepingPeer extends AsyncDisposable {
  /** Mean cross-entropies without each node of the hidden layers, in graph order, and the seconds that they took. */
  ablateAll(threads: number): Promise<Ablated>;
}

export interface Ablated {
  readonly losses: Float64Array;
  readonly seconds: number;
}

/** Batch of a peer's forward passes: what the published ablation studies used. */
export const peerBatch = 256;
