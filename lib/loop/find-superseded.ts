import { parseEcsTaskStateChange } from '../../events/ecs-task-state-change.ts';

/** One message of a batch. */
interface BatchMessage {
  readonly messageId: string;
  readonly body: unknown;
}

/**
 * The messages of a batch that a newer one of the same task in it makes needless: every event is the whole task, and handled side
 * by side they would only be in each other's way. Those of them that cannot be read are never among them.
 */
export function findSuperseded(messages: readonly BatchMessage[]): ReadonlySet<string> {
  const newest = new Map<string, { readonly messageId: string; readonly version: number }>();
  const superseded = new Set<string>();
  for (const { messageId, body } of messages) {
    const parsed = parseEcsTaskStateChange(body);
    if (!parsed.ok) continue;
    const { taskArn, version } = parsed.event.detail;
    const before = newest.get(taskArn);
    if (before !== undefined && before.version >= version) {
      superseded.add(messageId);
      continue;
    }
    if (before !== undefined) superseded.add(before.messageId);
    newest.set(taskArn, { messageId, version });
  }
  return superseded;
}
