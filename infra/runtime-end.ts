import { Annotations } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** The runtime of every function. */
export const RUNTIME = Runtime.NODEJS_24_X;

/** When AWS deprecates it ("Lambda runtimes" in the Developer Guide); a month later no new function may use it. */
export const RUNTIME_END = new Date('2028-04-30T00:00:00Z');

const WARN_DAYS = 180;
const DAY_MS = 86_400_000;

/** Warns at synth from 180 days before the end of the runtime: by then there should be a version of this project with the next. */
export function warnOfRuntimeEnd(scope: IConstruct, now: Date): void {
  const days = Math.floor((RUNTIME_END.getTime() - now.getTime()) / DAY_MS);
  if (days > WARN_DAYS) return;
  const when = days >= 0 ? `in ${days} days` : `${-days} days ago`;
  Annotations.of(scope).addWarningV2(
    'lambdalet:runtime-end',
    `AWS deprecates the Lambda runtime ${RUNTIME.name} on ${RUNTIME_END.toISOString().slice(0, 10)}, ${when}: ` +
      'update this package to a version that uses the next one, and deploy it',
  );
}
