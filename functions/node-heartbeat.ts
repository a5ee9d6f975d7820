import { wireNodeHeartbeat } from '../lib/wiring.ts';

const beat = wireNodeHeartbeat(process.env);

/** Triggered by its queue every 12 seconds: renews the leases of the virtual nodes and heals their Node objects. */
export const handler = async (): Promise<void> => {
  await beat();
};
