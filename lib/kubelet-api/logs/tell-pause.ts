import type { Telemetry } from '../../ports/telemetry.ts';
import type { OnPause } from './log-pace.ts';

/** Nobody who follows a log sees why it stands still: one line for each pause says so. */
export function tellPause({ warn }: Pick<Telemetry, 'warn'>): OnPause {
  return (failure, ms) => warn('Logs are read more slowly', { failure, pauseMs: ms });
}
