import type { Dataset, Network } from 'secateur';

/** A way of ablating by whole forward passes, which the product is compared with. */
export interface Peer {
  readonly name: string;
  /** What was timed and how, one sentence. */
  readonly method: string;
  /** Makes the network and the data ready; not timed. Null with the reason printed where the peer is not there. */
  open(network: Network, data: Dataset): Promise<PeerSession | null>;
}

export interface PeerSession extends AsyncDisposable {
  /** Mean cross-entropy with one node's incoming weights and bias zeroed, and the seconds of the forward passes alone. */
  ablate(layer: string, node: number): Promise<{ loss: number; seconds: number }>;
}

/** Batch of a peer's forward passes: what the published ablation studies used. */
export const peerBatch = 256;
