import { wirePodSync } from '../lib/wiring.ts';

const sync = wirePodSync(process.env);

/** Triggered by its queue every 12 seconds: takes the slot if it is free, and turns pods into tasks while it holds it. */
export const handler = async (): Promise<void> => {
  await sync();
};
