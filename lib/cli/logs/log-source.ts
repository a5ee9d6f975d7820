import type { GrowingLog } from '../../kubelet-api/logs/log-feed.ts';

/** The logs of one pod, by its status or, of one that is gone, by its record. */
export interface LogSource {
  /** In the order in which kubectl shows them: init containers first. */
  readonly containers: readonly string[];
  /** What a reader should know before. */
  readonly notices: readonly string[];
  /** The container that is taken when none is named, and, where there are several, what is said of that. */
  defaultContainer(): { readonly container: string; readonly notice?: string };
  /**
   * The log of a run of a container, and when that ends.
   * @throws CommandFault in the kubelet's words where there is none
   */
  findLog(container: string, previous: boolean): Promise<GrowingLog>;
}
