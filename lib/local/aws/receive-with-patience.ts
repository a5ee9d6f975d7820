import type { Instant } from '../../core/kubernetes.ts';
import type { Driver } from './drive-models.ts';
import type { SqsModel } from './sqs/sqs-model.ts';

/**
 * Long polling: asks the model again whenever something has changed, until there is a message, the wait is over, or the client
 * has gone (which must not take messages any more).
 */
export async function receiveWithPatience(
  shell: {
    readonly models: { readonly sqs: SqsModel };
    readonly clock: { now(): Instant };
    readonly driver: Driver;
  },
  input: unknown,
  gone: () => boolean,
): Promise<unknown> {
  const { models, clock, driver } = shell;
  const started = clock.now();
  for (;;) {
    const answer = models.sqs.handle('ReceiveMessage', input, clock.now());
    const received = (answer as { readonly Messages?: unknown }).Messages !== undefined;
    // An empty answer changes nothing: telling of it would make two waiting clients wake each other for ever.
    if (received) driver.touch();
    const left = started + waitOf(models.sqs, input) - clock.now();
    if (received || left <= 0) return answer;
    await changedWithin(driver, left);
    if (gone()) return {};
  }
}

function waitOf(sqs: SqsModel, input: unknown): number {
  const { QueueUrl, WaitTimeSeconds } = input as {
    readonly QueueUrl: string;
    readonly WaitTimeSeconds?: number;
  };
  return (WaitTimeSeconds ?? sqs.queue(QueueUrl).waitTime) * 1000;
}

async function changedWithin(driver: Driver, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms).unref();
  });
  await Promise.race([driver.changed(), over]);
  clearTimeout(timer);
}
