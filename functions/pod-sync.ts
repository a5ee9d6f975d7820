import { setFlagsFromString } from 'node:v8';
import { wirePodSync } from '../lib/wiring.ts';

// A large node is read in pages that die young: without this the young generation grows to more than all that is kept. Lambda
// gives no other way to say it; a V8 that does not know the flag only prints a warning.
setFlagsFromString('--semi-space-growth-factor=1');

const sync = wirePodSync(process.env);

/** Triggered by its queue every 12 seconds: takes the slot if it is free, and turns pods into tasks while it holds it. */
export const handler = async (): Promise<void> => {
  await sync();
};
